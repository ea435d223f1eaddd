"""The genome of genetic programming: a tree with up to three outputs, which is a cell.

Source: Rawal & Miikkulainen 2018, section 3.1; the outputs are those of a Modi tree (Zhang & Zhang
2004). What is marked [ours] was decided here because the paper does not say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add
from typing import Any, ClassVar

from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.program import Cell, Expression, h, param, state, x
from cellcolony.cells.tree_element import BASE, MEMORIES, OUTPUT, TERNARY, Element
from cellcolony.cells.tree_key import key_of, turned
from cellcolony.cells.tree_text import parse
from cellcolony.errors import GenomeError, brief


@dataclass(frozen=True)
class Tree:
    """A recurrent node as a tree of elements; it is immutable.

    The root's value is the output h. The elements that are tied to c, or to d, are that memory's
    next value; where they are several, their sum is [ours]. A memory to which none is tied reads 0
    [ours].

    Attributes:
        root: The element on top; it is tied to no memory: only non-root nodes are (section 3.1).
        bias: Whether what reads the input has a trainable bias, z_k = x(k) + h(k) + b_k and
            x_k = x(k) + b_k [ours].
        kind: What kind of genome it is.

    Raises:
        GenomeError: The root is tied, or no leaf reads the input.
    """

    root: Element
    bias: bool = False
    kind: ClassVar[str] = "tree"

    def __post_init__(self) -> None:
        if self.root.output:
            raise GenomeError(
                f"The root of a tree is the output h and is tied to no memory. Got "
                f"{brief(self.root.text)}: leave the last `>{self.root.output}` out."
            )
        if not self.root.n_inputs:
            raise GenomeError(
                f"A tree must read an input, one of {BASE}, or x0 to x7 instead of these. "
                f"Got {brief(self.root.text)}."
            )

    @property
    def n_elements(self) -> int:
        """How many elements it has, leaves among them."""
        return self.root.n_elements

    @property
    def height(self) -> int:
        """Edges from the root to the farthest leaf."""
        return self.root.height

    @property
    def text(self) -> str:
        """The tree on one line, in its own order; `cells.tree_text.parse` reads it."""
        return self.root.text

    @cached_property
    def key(self) -> str:
        """A text that is the same for equivalent trees, by which duplicates are found.

        Mirror images have the same key, and so have a gate and one with its branches exchanged
        where an input that is read nowhere else drives it: its weights only change their sign. Base
        inputs, and the two memories, are numbered in the order in which they occur in it, for
        before training they are all alike [ours]. Equal keys always mean equivalent trees; in rare
        cases equivalent trees have different keys.
        """
        return min(map(key_of, turned(self.root)))

    def tied_to(self, memory: str) -> tuple[Element, ...]:
        """Return the elements whose sum is the next value of a memory, "c" or "d"."""
        return tuple(element for element in self.root.walk() if element.output == memory)

    def to_cell(self, name: str = "tree") -> Cell:
        """Return the cell that the tree is; a memory that no leaf reads is left out."""
        read = {element.op for element in self.root.walk() if element.op in MEMORIES}
        tied = {memory: self.tied_to(memory) for memory in MEMORIES if memory in read}
        leaves = {memory: state(memory) if tied.get(memory) else _ZERO for memory in MEMORIES}
        leaves[OUTPUT] = state(OUTPUT)
        for k in range(len(BASE)):
            bias = param(f"b{k}")
            leaves[f"z{k}"] = x(k) + h(k) + bias if self.bias else x(k) + h(k)
            leaves[f"x{k}"] = x(k) + bias if self.bias else x(k)
            leaves[f"u{k}"] = h(k)
        states = {
            memory: reduce(add, (_expression(element, leaves) for element in elements))
            for memory, elements in tied.items()
            if elements
        }
        y = _expression(self.root, leaves)
        if any(element.op == OUTPUT for element in self.root.walk()):
            states[OUTPUT] = y
        return Cell(y, states, name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` reads them."""
        return {"tree": self.text, "bias": self.bias}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Tree:
        """Read what `to_dict` wrote.

        Raises:
            GenomeError: A part is missing or of another kind, or the text is no tree.
        """
        if not (isinstance(data, Mapping) and isinstance(data.get("tree"), str)):
            raise GenomeError(f"A tree must have a text, `tree`. Got {brief(data)}.")
        bias = data.get("bias", False)
        if not isinstance(bias, bool):
            raise GenomeError(f"A tree's `bias` must be true or false. Got {brief(bias)}.")
        return Tree(parse(data["tree"]), bias)


_ZERO = Expression("const", value=0.0)


def _expression(element: Element, leaves: Mapping[str, Expression]) -> Expression:
    if not element.args:
        return leaves[element.op]
    args = tuple(_expression(arg, leaves) for arg in element.args)
    if element.op in TERNARY:  # equations and drawings of cells know products and sums
        formula = OPERATIONS[element.op].value
        assert formula is not None
        return formula(*args)
    return Expression(element.op, args)
