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
HEADING, PANEL_GAP, LEAST_ROOM = 34.0, 44.0, 120.0
"""Height of the name of one of several cells, room between neighbours, and width for a name."""


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
    if isinstance(cell, Tree):
        return _sheet(title or "Node", counts_of_tree(cell), [("", forest)])
    memories = f"memory {' and '.join(map(name, cell.states))}" if cell.states else "no memory"
    facts = [
        count(sum(bool(mark.branch.args) for mark in forest.marks), "operation"),
        f"height {max(root.branch.height for root in forest.roots)}",
        memories,
        f"{count(len(cell.weights()), 'weight')} as a node of a sparse network",
    ]
    return _sheet(title or f"Cell {cell.name}", facts, [("", forest)])


def draw_cells(cells: Sequence[tuple[str, Cell | Tree]], title: str = "Cells") -> str:
    """Draw several cells side by side, each under its name, with one legend.

    Args:
        cells: Names and cells, at least one.
        title: Stands above.

    Raises:
        GenomeError: A cell is too high or too large to be drawn.
    """
    return _sheet(title, [], [(heading, _forest(cell)) for heading, cell in cells])


def _sheet(title: str, facts: Sequence[str], panels: Sequence[tuple[str, Forest]]) -> str:
    """Return forests side by side in rows, each under its heading."""
    body: list[str] = []
    x = y = row_height = total_width = 0.0
    above = HEADING if any(heading for heading, _ in panels) else 0.0
    for heading, forest in panels:
        left, right = (max(width(label, NAME_SIZE) for label in side) for side in forest.names)
        left, right = min(left, branch_marks.LONGEST_LABEL) + 10, right + HALF_WIDTH + 24
        room = max(left + forest.size[0] + right, LEAST_ROOM)
        if x and x + room > WIDEST_ROW:
            x, y, row_height = 0.0, y + row_height + PANEL_GAP, 0.0
        if heading:
            shown = shortened(heading, room, 14)
            body.append(marks.text(Point(x, y), shown, size=14, bold=True, title=heading))
        body += [
            f'<g transform="translate({x + left:.1f},{y + above:.1f})">',
            *forest.elements(),
            "</g>",
        ]
        row_height = max(row_height, above + forest.size[1])
        total_width = max(total_width, x + room)
        x += room + PANEL_GAP
    placement = Placement({}, {}, ((),), 0, (total_width, y + row_height))
    forests = [forest for _, forest in panels]
    about = [", ".join(facts)]
    return sheet(title, about, placement, ([], []), body, lambda flow: add_legend(flow, forests))


def _forest(cell: Cell | Tree) -> Forest:
    if isinstance(cell, Tree):
        return forest_of_tree(cell)
    return Forest(_Branches(cell).roots(), memory_colours(cell.states))


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
        bare = {value: f"z{value.args[0].value}" for value in order if _is_base(value)}
        with_bias = {
            value: bare[value.args[0]]
            for value in order
            if value.op == "add" and value.args[0] in bare and value.args[1].op == "param"
            if self._uses[value.args[0]] == 1 and value.args[0] not in self._roots
        }
        return bare | with_bias

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
                known, meaning = self._numbers[value], "the value with this number"
                return Branch(branch_marks.SHARED, known, meaning=meaning, carries=carries)
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
            z, (_, last) = self._folded[value], value.args
            bias, of_k = (f" + {last.value}", " + b_k") if last.op == "param" else ("", "")
            meaning, note = f"z_k = x(k) + h(k){of_k}", f" = x({z[1:]}) + h({z[1:]}){bias}"
            return Branch(branch_marks.INPUT_LEAF, z, meaning=meaning, note=note)
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
    leaves = [(arg.op, arg.value) for arg in value.args]
    return value.op == "add" and leaves in [[("x", k), ("h", k)] for _, k in leaves[:1]]
