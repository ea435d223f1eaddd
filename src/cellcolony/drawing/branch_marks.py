"""The marks that the drawing of an expression is made of, as SVG elements."""

from __future__ import annotations

from collections.abc import Mapping

from cellcolony.cells.operation import OPERATIONS
from cellcolony.drawing import marks
from cellcolony.drawing.element import element
from cellcolony.drawing.labels import NAME_SIZE, shortened, width
from cellcolony.drawing.palette import FAINT, INK, INPUT, PALE_INK, PAPER, UNKNOWN, Stroke
from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH, INPUT_RADIUS, Point

OPERATION, INPUT_LEAF, MEMORY, UNFED, WEIGHT, NUMBER, SHARED = (
    "operation", "input", "memory", "unfed memory", "weight", "number", "shared",
)  # fmt: skip
"""How a value may look; all but the first are leaves."""
MEMORY_HALF_WIDTH, MEMORY_HALF_HEIGHT = 11.0, 9.5
OUTPUT_RADIUS = 7.5
LONGEST_LABEL = 64.0
"""The widest name of a leaf, in pixels."""


def reach(is_operation: bool) -> float:
    """Return how far a mark reaches to the right of its middle."""
    return HALF_WIDTH if is_operation else INPUT_RADIUS


def leaf(look: str, at: Point, label: str, colours: Mapping[str, str], title: str = "") -> str:
    """Return the mark of a leaf; `colours` has those of the memories."""
    if look in (MEMORY, UNFED):
        return _memory(at, label, FAINT if look == UNFED else colours[label], look == UNFED, title)
    if look == SHARED:
        return element("g", _numbered(at, label), title=title)
    fill, ink = {INPUT_LEAF: (INPUT, INPUT), WEIGHT: (PAPER, INPUT)}.get(look, (FAINT, PALE_INK))
    border = FAINT if look == NUMBER else INPUT
    shown, place = shortened(label, LONGEST_LABEL, NAME_SIZE), Point(at.x - 10, at.y + 4)
    name = marks.text(place, shown, size=NAME_SIZE, colour=ink, anchor="end", title=title)
    return element("g", marks.dot(at, INPUT_RADIUS, fill, border), name, title=title)


def _memory(at: Point, name: str, colour: str, faint: bool, title: str) -> str:
    """Return a memory leaf: a square in the memory's colour, or its faint outline."""
    shown = shortened(name, LONGEST_LABEL, 13)
    half = max(MEMORY_HALF_WIDTH, width(shown, 13) / 2 + 4)
    middle = Point(at.x + INPUT_RADIUS - half, at.y)
    fill, ink = (PAPER, FAINT) if faint else (colour, PAPER)
    box = marks.box(middle, half, MEMORY_HALF_HEIGHT, rx=3, fill=fill, stroke=colour)
    place = Point(middle.x, middle.y + 4)
    label = marks.text(place, shown, size=13, colour=ink, anchor="middle", bold=True)
    return element("g", box, label, title=title)


def operation(at: Point, op: str, border: str = "", title: str = "") -> str:
    """Return an operation; the border has the colour of the memory whose next value it is."""
    box = marks.box(
        at, HALF_WIDTH, HALF_HEIGHT, rx=HALF_HEIGHT, fill=OPERATIONS[op].colour,
        stroke=border or INK, stroke_width=2.2 if border else 1,
    )  # fmt: skip
    symbol = OPERATIONS[op].symbol
    place, size = (Point(at.x, at.y + 5.5), 17) if symbol else (Point(at.x, at.y + 3.8), 11)
    return element(
        "g", box, marks.text(place, symbol or op, size=size, anchor="middle"), title=title
    )


def output(at: Point, name: str, colour: str, title: str = "", place: int = 0) -> str:
    """Return the next value of a memory, at the upper right of its operation.

    Args:
        at: The operation's middle.
        name: The memory.
        colour: The memory's colour.
        title: Shows when a pointer rests on it.
        place: How many others stand at the right of it.
    """
    across = HALF_WIDTH + 1 - 2 * OUTPUT_RADIUS * place
    middle = Point(at.x + across, at.y - HALF_HEIGHT - 1)
    circle = marks.dot(middle, OUTPUT_RADIUS, colour, PAPER, stroke_width=1.5)
    base = Point(middle.x, middle.y + 3.6)
    label = marks.text(base, name[:1], size=11.5, colour=PAPER, anchor="middle", bold=True)
    return element("g", circle, label, title=title)


def number(at: Point, label: str) -> str:
    """Return the number of an operation that is used again, at its lower right."""
    return _numbered(Point(at.x + HALF_WIDTH + 1, at.y + HALF_HEIGHT - 1), label)


def _numbered(at: Point, label: str) -> str:
    circle = marks.dot(at, OUTPUT_RADIUS, PAPER, INK, stroke_dasharray="2 1.6")
    return circle + marks.text(Point(at.x, at.y + 3.6), label, size=10.5, anchor="middle")


def result(at: Point, label: str, is_operation: bool = True) -> str:
    """Return what a root is called, at its right."""
    begin = at.x + reach(is_operation)
    line = marks.line(f"M{begin:.1f},{at.y:.1f}h14", Stroke(UNKNOWN, 1.6, 1.0, ""))
    size = 15 if len(label) == 1 else NAME_SIZE
    return line + marks.text(Point(begin + 18, at.y + 5), label, size=size, bold=True, title=label)
