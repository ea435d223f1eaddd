"""Drawings of cells: what one unit computes, as expression trees that end in its output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cellcolony.cells.program import Cell, Expression
from cellcolony.cells.tree import Tree
from cellcolony.drawing import branch_marks, marks
from cellcolony.drawing.branch_legend import add_legend
from cellcolony.drawing.branches import Branch, Forest, Root, memory_leaf
from cellcolony.drawing.labels import LONGEST_NAME, NAME_SIZE, shortened, width
from cellcolony.drawing.palette import memory_colours
from cellcolony.drawing.placement import HALF_WIDTH, Placement, Point
from cellcolony.drawing.sheet import sheet
from cellcolony.drawing.tree import counts_of_tree, forest_of_tree
from cellcolony.errors import GenomeError, brief
from cellcolony.wording import count, name

MOST_REPEATED = 4
"""Marks of a value that is drawn again wherever it is used; a larger one gets a number."""
MOST_HEIGHT, MOST_MARKS = 100, 5_000
"""Of a cell that can be drawn."""
WIDEST_ROW = 1500.0
"""Of cells side by side, in pixels."""
HEADING, PANEL_GAP = 34.0, 44.0
"""Room for the name of one of several cells, and between neighbours."""


def draw_cell(cell: Cell | Tree, title: str = "") -> str:
    """Draw what a cell computes: leaves at the left, the output h at the right.

    The inputs x(k) + h(k), and a bias that is added to them, are one leaf z_k, as in genetic
    programming. A memory is a square; its next value is marked at the upper right of the operation
    that computes it, or drawn as a tree of its own where the output does not need it. Edges that
    carry something of a memory are thick. A small value that is used several times is drawn each
    time; a larger one is drawn once and gets a number, which stands for it elsewhere. A pointer
    that rests on a mark shows its text.

    Args:
        cell: The cell, or a genome of genetic programming, of which each element is drawn.
        title: Stands above.

    Raises:
        GenomeError: The cell is too high or too large to be drawn.
    """
    forest = _forest(cell)
    facts = counts_of_tree(cell) if isinstance(cell, Tree) else _counts(cell, forest)
    return sheet(
        title or (f"Cell {cell.name}" if isinstance(cell, Cell) else "Node"),
        [", ".join(facts)],
        Placement({}, {}, ((),), 0, forest.size),
        forest.names,
        forest.elements(),
        lambda flow: add_legend(flow, [forest]),
    )


def draw_cells(cells: Sequence[tuple[str, Cell | Tree]], title: str = "Cells") -> str:
    """Draw several cells side by side, each under its name, with one legend.

    Args:
        cells: Names and cells, at least one.
        title: Stands above.

    Raises:
        GenomeError: A cell is too high or too large to be drawn.
    """
    body, forests = [], []
    x = y = row_height = total_width = 0.0
    for heading, cell in cells:
        forest = _forest(cell)
        forests.append(forest)
        left, right = (max(width(label, NAME_SIZE) for label in side) for side in forest.names)
        left, right = min(left, branch_marks.LONGEST_LABEL) + 14, right + HALF_WIDTH + 24
        shown = shortened(heading, max(forest.size[0] + left + right, 120), 14)
        panel_width = max(left + forest.size[0] + right, width(shown, 14))
        if x and x + panel_width > WIDEST_ROW:
            x, y, row_height = 0.0, y + row_height + PANEL_GAP, 0.0
        body += [
            marks.text(Point(x, y), shown, size=14, bold=True, title=heading),
            f'<g transform="translate({x + left:.1f},{y + HEADING:.1f})">',
            *forest.elements(),
            "</g>",
        ]
        row_height = max(row_height, HEADING + forest.size[1])
        total_width = max(total_width, x + panel_width)
        x += panel_width + PANEL_GAP
    placement = Placement({}, {}, ((),), 0, (total_width, y + row_height))
    return sheet(title, [""], placement, ([], []), body, lambda flow: add_legend(flow, forests))


def _forest(cell: Cell | Tree) -> Forest:
    if isinstance(cell, Tree):
        return forest_of_tree(cell)
    return Forest(_Branches(cell).roots(), memory_colours(tuple(cell.states)))


def _counts(cell: Cell, forest: Forest) -> list[str]:
    """Return what a cell consists of, as parts of a sentence."""
    n_operations = sum(bool(mark.branch.args) for mark in forest.marks)
    height = max(root.branch.height for root in forest.roots)
    memories = f"memory {' and '.join(map(name, cell.states))}" if cell.states else "no memory"
    return [
        count(n_operations, "operation"),
        f"height {height}",
        memories,
        f"{count(len(cell.weights()), 'weight')} as a node of a sparse network",
    ]


class _Branches:
    """Turns the expression graph of a cell into trees."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._roots = (cell.y, *cell.states.values())
        order = cell.order()
        self._uses = Counter(arg for value in order for arg in value.args)
        self._uses[cell.y] += 1
        self._folded = self._fold(order)
        self._carries: dict[Expression, bool] = {}
        self._size: dict[Expression, int] = {}
        height: dict[Expression, int] = {}
        for value in order:
            below = () if value in self._folded else value.args
            height[value] = 1 + max((height[arg] for arg in below), default=-1)
            self._carries[value] = value.op == "state" or any(self._carries[arg] for arg in below)
            sizes = (1 if self._is_numbered(arg) else self._size[arg] for arg in below)
            self._size[value] = 1 + sum(sizes)
        n_marks = sum(self._size[root] for root in self._roots)
        if max(height.values()) > MOST_HEIGHT or n_marks > MOST_MARKS:
            raise GenomeError(
                f"Cell {brief(cell.name)} is too large to be drawn. Its height must be at most "
                f"{MOST_HEIGHT}, and its drawing at most {MOST_MARKS:,} marks. Got "
                f"{max(height.values())} and {n_marks:,}."
            )
        self._numbers: dict[Expression, str] = {}
        self._marked: set[str] = set()

    def roots(self) -> list[Root]:
        """Return the output first, then the memories whose next value stands nowhere else."""
        roots = [Root(self._branch(self._cell.y), "h")]
        for memory, value in self._cell.states.items():
            if memory not in self._marked and (self._is_leaf(value) or not self._uses[value]):
                label = f"next {shortened(memory, LONGEST_NAME, NAME_SIZE)}"
                roots.append(Root(self._branch(value), label))
        return roots

    def _fold(self, order: Sequence[Expression]) -> dict[Expression, str]:
        """Return the values that are drawn as one leaf: x(k) + h(k), perhaps with a bias."""
        plain = {v: f"z{v.args[0].value}" for v in order if _is_base(v)}
        with_bias = {
            v: plain[v.args[0]]
            for v in order
            if v.op == "add" and v.args[0] in plain and v.args[1].op == "param"
        }
        alone = {
            v: label
            for v, label in with_bias.items()
            if self._uses[v.args[0]] == 1 and v.args[0] not in self._roots
        }
        return plain | alone

    def _is_leaf(self, value: Expression) -> bool:
        return not value.args or value in self._folded

    def _is_numbered(self, value: Expression) -> bool:
        """Say whether a value is drawn once, with a number that stands for it elsewhere."""
        return self._uses[value] > 1 and self._size[value] > MOST_REPEATED

    def _branch(self, value: Expression) -> Branch:
        if self._is_leaf(value):
            return self._leaf(value)
        carries, number = self._carries[value], ""
        if self._is_numbered(value):
            if value in self._numbers:
                meaning = "the value with this number"
                return Branch(
                    branch_marks.SHARED, self._numbers[value], meaning=meaning, carries=carries
                )
            number = self._numbers[value] = str(len(self._numbers) + 1)
        memories = tuple(
            memory
            for memory, next_value in self._cell.states.items()
            if next_value == value and memory not in self._marked
        )
        self._marked |= set(memories)
        note = f": next value of memory {' and '.join(memories)}" if memories else ""
        args = tuple(map(self._branch, value.args))
        return Branch(branch_marks.OPERATION, value.op, args, memories, "", note, carries, number)

    def _leaf(self, value: Expression) -> Branch:
        if value in self._folded:
            bias = f" + {value.args[1].value}" if value.args[1].op == "param" else ""
            k = self._folded[value][1:]
            return Branch(
                branch_marks.INPUT_LEAF,
                f"z{k}",
                meaning=f"z_k = x(k) + h(k){' + b_k' if bias else ''}",
                note=f" = x({k}) + h({k}){bias}",
            )
        if value.op == "state":
            return memory_leaf(str(value.value))
        if value.op == "param":
            return Branch(branch_marks.WEIGHT, str(value.value), meaning="a weight of its own")
        if value.op == "const":
            return Branch(branch_marks.NUMBER, f"{value.value:g}", meaning="a constant")
        if value.op == "x_sum":
            return Branch(branch_marks.INPUT_LEAF, "x", meaning="x: the input")
        read = {"x": "the input", "h": "the output of the step before"}[value.op]
        meaning = f"{value.op}(k): {read}, by weights"
        return Branch(branch_marks.INPUT_LEAF, f"{value.op}({value.value})", meaning=meaning)


def _is_base(value: Expression) -> bool:
    """Say whether a value is x(k) + h(k)."""
    if value.op != "add":
        return False
    one, other = value.args
    return (one.op, other.op) == ("x", "h") and one.value == other.value
