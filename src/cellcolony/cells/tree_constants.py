"""Finds trees whose output does not depend on the input, so that none of them is trained [ours].

A memory begins at 0, and it stays 0 if what is tied to it is 0 then, as in `mul(c, z0)>c`. So does
the output, as in `mul(u0, z0)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cellcolony.cells.formula import computed_number
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import INPUTS, MEMORIES, OF_OUTPUT, OUTPUT, Element


def is_constant(tree: Tree) -> bool:
    """Say whether the output h is the same number for every input."""
    memories: dict[str, float | None] = dict.fromkeys((*MEMORIES, OUTPUT), 0.0)
    while True:
        tied: dict[str, float | None] = dict.fromkeys(MEMORIES, 0.0)
        root = _value(tree.root, memories, tied)
        tied[OUTPUT] = root
        # A memory that is not 0 after one step may be another number after two.
        after = {name: 0.0 if tied[name] == memories[name] == 0 else None for name in memories}
        if after == memories:
            return root is not None
        memories = after


def _value(
    element: Element, memories: Mapping[str, float | None], tied: dict[str, float | None]
) -> float | None:
    """Return the number that an element always is, or None; add it to the memory it is tied to."""
    if element.op in INPUTS:
        return None
    if not element.args:
        return memories[OUTPUT if element.op in OF_OUTPUT else element.op]
    values = [_value(arg, memories, tied) for arg in element.args]
    value = _applied(element.op, values)
    if element.output:
        before = tied[element.output]
        tied[element.output] = None if before is None or value is None else before + value
    return value


def _applied(op: str, values: list[float | None]) -> float | None:
    if (absorbs := OPERATIONS[op].absorbs) is not None and absorbs in values:
        return absorbs
    known = [value for value in values if value is not None]
    return computed_number(op, *known) if len(known) == len(values) else None
