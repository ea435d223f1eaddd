"""Expressions as marks and edges: leaves at the left, each operation at the right of its operands.

A `Branch` is one value as it is drawn. What becomes branches, a cell's program or a genome of
genetic programming, is decided in `cell.py` and `tree.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from cellcolony.drawing import branch_marks, marks
from cellcolony.drawing.labels import shortened
from cellcolony.drawing.palette import UNKNOWN, Stroke
from cellcolony.drawing.placement import HALF_WIDTH, Point

COLUMN, ROW = 84.0, 29.0
"""From depth to depth, and from leaf to leaf, in pixels."""
LONGEST_TEXT = 200
"""Characters of a value that are kept for the text that a pointer shows."""
LONGEST_TOLD = 600.0
"""The widest text that a pointer shows, in pixels."""
PLAIN = Stroke(UNKNOWN, 1.2, 0.75, "")
CARRIES_MEMORY = Stroke(UNKNOWN, 2.6, 0.9, "")


@dataclass(frozen=True, eq=False)
class Branch:
    """One value of an expression, with what it is computed from.

    Attributes:
        look: How it is drawn: `OPERATION`, or one of the leaves of `branch_marks`.
        label: What stands in the mark or beside it; of an operation its name.
        args: The operands, from top to bottom.
        memories: The memories whose next value it is.
        meaning: What the legend says of a leaf.
        note: What a pointer is told after the text.
        carries: Whether it is computed from a memory.
        number: Under which number it is used in other places; empty if it is not.
    """

    look: str
    label: str
    args: tuple[Branch, ...] = ()
    memories: tuple[str, ...] = ()
    meaning: str = ""
    note: str = ""
    carries: bool = False
    number: str = ""

    @cached_property
    def text(self) -> str:
        """The value on one line, such as `mul(sigmoid(z0), c)>d`; a long one is cut."""
        if not self.args:
            return self.label
        tied = "".join(f">{memory}" for memory in self.memories)
        text = f"{self.label}({', '.join(arg.text for arg in self.args)}){tied}"
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"

    @cached_property
    def height(self) -> int:
        """Edges to the farthest leaf."""
        return 1 + max(arg.height for arg in self.args) if self.args else 0

    def walk(self) -> Iterator[Branch]:
        """Yield it and all that is drawn under it, each before its operands."""
        yield self
        for arg in self.args:
            yield from arg.walk()


def memory_leaf(name: str) -> Branch:
    """Return the leaf that reads a memory."""
    meaning = f"memory {name} of the step before"
    note = f": {meaning}"
    return Branch(branch_marks.MEMORY, name, meaning=meaning, note=note, carries=True)


class Root(NamedTuple):
    """A value that is drawn as a whole tree.

    Attributes:
        branch: The value.
        label: What it is called at its right.
    """

    branch: Branch
    label: str


class Mark(NamedTuple):
    """A value where it stands in the drawing.

    Attributes:
        branch: The value.
        at: Its middle.
        above: The middle of the operation that it is an operand of; None for a root.
    """

    branch: Branch
    at: Point
    above: Point | None


class Forest:
    """Trees under each other, their roots in one column at the right.

    Args:
        roots: The trees, from top to bottom.
        colours: The colour of each memory.

    Attributes:
        marks: Every value in its place; the leftmost leaves stand at x = 0.
        size: Width and height, between the middles of the outermost marks.
    """

    def __init__(self, roots: Sequence[Root], colours: dict[str, str]) -> None:
        self.roots, self.colours = tuple(roots), colours
        self._n_rows = 0
        self._right = COLUMN * max(root.branch.height for root in roots)
        placed = [self._place(root.branch, 0) for root in roots]
        self.marks = [mark for tree in placed for mark in tree]
        self._ends = [tree[0].at for tree in placed]
        self.size = self._right, ROW * (self._n_rows - 1)

    def _place(self, branch: Branch, depth: int) -> list[Mark]:
        """Give each leaf a row, and each operation the middle of its operands; it comes first."""
        x, below = self._right - COLUMN * depth, []
        if branch.args:
            below = [self._place(arg, depth + 1) for arg in branch.args]
            y = sum(tree[0].at.y for tree in below) / len(below)
        else:
            y = ROW * self._n_rows
            self._n_rows += 1
        at = Point(x, y)
        under = [[tree[0]._replace(above=at), *tree[1:]] for tree in below]
        return [Mark(branch, at, None), *(mark for tree in under for mark in tree)]

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """What stands at the left of leaves, and at the right of roots."""
        leaves = [mark.branch.label for mark in self.marks if not mark.branch.args]
        return leaves, [root.label for root in self.roots]

    def elements(self) -> list[str]:
        """Return edges, those that carry a memory in front, then marks, then the roots' labels."""
        edges = sorted((self._edge(mark) for mark in self.marks if mark.above), key=lambda e: e[0])
        ends = zip(self.roots, self._ends, strict=True)
        return [
            *(line for _, line in edges),
            *(element for mark in self.marks for element in self._mark(mark)),
            *(branch_marks.result(at, root.label, bool(root.branch.args)) for root, at in ends),
        ]

    def _edge(self, mark: Mark) -> tuple[float, str]:
        branch, at, above = mark
        assert above is not None
        stroke = CARRIES_MEMORY if branch.carries else PLAIN
        begin, end = at.x + branch_marks.reach(bool(branch.args)), above.x - HALF_WIDTH
        bend = (end - begin) / 2
        path = (
            f"M{begin:.1f},{at.y:.1f}C{begin + bend:.1f},{at.y:.1f} "
            f"{end - bend:.1f},{above.y:.1f} {end:.1f},{above.y:.1f}"
        )
        return stroke.width, marks.line(path, stroke)

    def _mark(self, mark: Mark) -> list[str]:
        branch, at, _ = mark
        told = "".join(shortened(text, LONGEST_TOLD, 12) for text in (branch.text, branch.note))
        if not branch.args:
            return [branch_marks.leaf(branch.look, at, branch.label, self.colours, told)]
        border = self.colours[branch.memories[0]] if branch.memories else ""
        elements = [branch_marks.operation(at, branch.label, border, told)]
        for i, memory in enumerate(branch.memories):
            elements.append(branch_marks.output(at, memory, self.colours[memory], told, i))
        if branch.number:
            elements.append(branch_marks.number(at, branch.number))
        return elements
