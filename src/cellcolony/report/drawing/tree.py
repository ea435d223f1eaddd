"""The tree of a node as SVG: the output on top, what it is made of under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, BINARY, MEMORIES, Element
from cellcolony.report.drawing import marks
from cellcolony.report.drawing.flow import Flow
from cellcolony.report.drawing.palette import FAINT, NEGATIVE, PAPER, Stroke
from cellcolony.report.drawing.placement import HALF_HEIGHT, HALF_WIDTH, Point
from cellcolony.report.drawing.sheet import sheet
from cellcolony.report.wording import count

LEAF_WIDTH, LEVEL_HEIGHT = 58.0, 46.0
"""Between neighbouring leaves, and between an element and what lies under it."""
SIGNS = {"add": "+", "mul": "×", "sigmoid": "σ"}
COLOURS = {**dict.fromkeys(BASE, "#d3ddf3"), **dict.fromkeys(MEMORIES, "#fde2b8")}
LINEAR, NONLINEAR = PAPER, "#d5e8d4"
TIED = "Tied: its value is the next one of this memory"


def draw_tree(tree: Tree, title: str = "") -> str:
    """Draw a tree.

    Base inputs and memories are its leaves. An element whose value is a memory's next one has an
    arrow with the memory's name.

    Args:
        tree: The tree.
        title: Stands above.
    """
    layout = _Layout()
    layout.place(tree.root, 0)
    size = (max(layout.n_leaves - 1, 0) * LEAF_WIDTH, tree.height * LEVEL_HEIGHT)
    facts = [
        f"{count(tree.n_elements, 'element')}, height {tree.height}, "
        f"{count(sum(bool(tree.tied_to(memory)) for memory in MEMORIES), 'memory output')}"
    ]
    body = [f'<g transform="translate({HALF_WIDTH:g},0)">', *layout.marks(), "</g>"]
    return sheet(title or "Node", facts, size, ((), ()), body, _explain)


@dataclass
class _Layout:
    """Gives leaves their places from left to right, and centres each element above its own."""

    n_leaves: int = 0
    _elements: list[tuple[Element, Point]] = field(default_factory=list)
    _lines: list[tuple[Point, Point]] = field(default_factory=list)

    def place(self, element: Element, depth: int) -> Point:
        under = [self.place(arg, depth + 1) for arg in element.args]
        if under:
            across = sum(point.x for point in under) / len(under)
        else:
            across = self.n_leaves * LEAF_WIDTH
            self.n_leaves += 1
        at = Point(across, depth * LEVEL_HEIGHT)
        self._elements.append((element, at))
        self._lines += [(at, point) for point in under]
        return at

    def marks(self) -> Iterator[str]:
        stroke = Stroke(FAINT, 1.4, 1.0, "")
        for above, below in self._lines:
            path = f"M{above.x:.1f},{above.y:.1f}L{below.x:.1f},{below.y:.1f}"
            yield marks.line(path, stroke)
        for element, at in self._elements:
            yield marks.pill(at, SIGNS.get(element.op, element.op), _colour(element.op))
            if element.output:
                beside = Point(at.x + HALF_WIDTH + 4, at.y - HALF_HEIGHT + 4)
                yield marks.text(
                    beside, f"→{element.output}", size=11, colour=NEGATIVE, bold=True, title=TIED
                )


def _colour(op: str) -> str:
    return COLOURS.get(op, LINEAR if op in BINARY else NONLINEAR)


def _explain(flow: Flow) -> None:
    meanings = (
        ("base input: a projection of the input plus one of the output before", COLOURS["z0"], "z"),
        ("memory of the step before", COLOURS["c"], "c"),
        ("linear", LINEAR, "+"),
        ("non-linear", NONLINEAR, "σ"),
    )
    for meaning, fill, label in meanings:
        at = flow.mark(meaning, 2 * HALF_WIDTH)
        flow.elements.append(marks.pill(Point(at.x + HALF_WIDTH, at.y), label, fill))
    at = flow.mark("next value of a memory", 22)
    flow.elements.append(
        marks.text(Point(at.x, at.y + 4), "→c", size=11, colour=NEGATIVE, bold=True)
    )
