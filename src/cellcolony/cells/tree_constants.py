"""Trees that compute the same number whatever they see: training one is a waste [ours].

A memory begins at 0 and stays there while all that is tied to it is 0: `mul(c, z0)>c` does.
"""

from __future__ import annotations

from collections.abc import Mapping

from cellcolony.cells.formula import computed_number
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, MEMORIES, Element


def is_constant(tree: Tree) -> bool:
    """Say whether no base input can reach the output h."""
    if not tree.root.reads_memory:
        return False
    memories: dict[str, float | None] = dict.fromkeys(MEMORIES, 0.0)
    while True:
        tied: dict[str, float | None] = dict.fromkeys(MEMORIES, 0.0)
        root = _value(tree.root, memories, tied)
        # What is not 0 after one step need not be the same after two.
        after = {name: 0.0 if tied[name] == memories[name] == 0 else None for name in MEMORIES}
        if after == memories:
            return root is not None
        memories = after


def _value(
    element: Element, memories: Mapping[str, float | None], tied: dict[str, float | None]
) -> float | None:
    """Return the number that an element always is, or None; add what is tied to the memories."""
    if element.op in BASE:
        return None
    if not element.args:
        return memories[element.op]
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
