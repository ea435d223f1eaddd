"""The marks that the drawing of a tree is made of, as SVG elements."""

from __future__ import annotations

from cellcolony.cells.operation import OPERATIONS
from cellcolony.report.drawing import marks
from cellcolony.report.drawing.labels import NAME_SIZE, xml
from cellcolony.report.drawing.palette import (
    FAINT,
    INK,
    INPUT,
    MEMORY_COLOURS,
    PAPER,
    UNKNOWN,
    Stroke,
)
from cellcolony.report.drawing.placement import HALF_HEIGHT, HALF_WIDTH, INPUT_RADIUS, Point

MEMORY_HALF_WIDTH, MEMORY_HALF_HEIGHT = 11.0, 9.5
OUTPUT_RADIUS = 7.5
REACH = (INPUT_RADIUS, HALF_WIDTH)
"""How far a leaf, and any other element, reaches to the right of its middle."""


def base(at: Point, name: str, title: str = "") -> str:
    """Return a base input: a dot with its name at the left."""
    place = Point(at.x - 10, at.y + 4)
    label = marks.text(place, name, size=NAME_SIZE, colour=INPUT, anchor="end", title=title)
    return f"<g>{_hover(title)}{marks.dot(at, INPUT_RADIUS, INPUT, INPUT)}{label}</g>"


def memory(at: Point, name: str, title: str = "", faint: bool = False) -> str:
    """Return a memory leaf: a square in the memory's colour, or its faint outline."""
    colour = MEMORY_COLOURS[name]
    fill, stroke, ink = (PAPER, FAINT, FAINT) if faint else (colour, colour, PAPER)
    middle = Point(at.x + INPUT_RADIUS - MEMORY_HALF_WIDTH, at.y)
    box = (
        f'<rect x="{middle.x - MEMORY_HALF_WIDTH:.1f}" y="{middle.y - MEMORY_HALF_HEIGHT:.1f}" '
        f'width="{2 * MEMORY_HALF_WIDTH:g}" height="{2 * MEMORY_HALF_HEIGHT:g}" rx="3" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )
    place = Point(middle.x, middle.y + 4)
    label = marks.text(place, name, size=13, colour=ink, anchor="middle", bold=True)
    return f"<g>{_hover(title)}{box}{label}</g>"


def operation(at: Point, op: str, tied_to: str = "", title: str = "") -> str:
    """Return an element that is no leaf; the border has the colour of its memory output."""
    border, width = (MEMORY_COLOURS[tied_to], 2.2) if tied_to else (INK, 1.0)
    box = (
        f'<rect x="{at.x - HALF_WIDTH:.1f}" y="{at.y - HALF_HEIGHT:.1f}" '
        f'width="{2 * HALF_WIDTH:g}" height="{2 * HALF_HEIGHT:g}" rx="{HALF_HEIGHT:g}" '
        f'fill="{OPERATIONS[op].colour}" stroke="{border}" stroke-width="{width:g}"/>'
    )
    symbol = OPERATIONS[op].symbol
    place = Point(at.x, at.y + (5.5 if symbol else 3.8))
    size = 17 if symbol else 11
    label = marks.text(place, symbol or op, size=size, anchor="middle")
    return f"<g>{_hover(title)}{box}{label}</g>"


def output(at: Point, name: str, title: str = "") -> str:
    """Return a memory output, at the upper right of the element that is tied to it."""
    middle = Point(at.x + HALF_WIDTH + 1, at.y - HALF_HEIGHT - 1)
    circle = (
        f'<circle cx="{middle.x:.1f}" cy="{middle.y:.1f}" r="{OUTPUT_RADIUS:g}" '
        f'fill="{MEMORY_COLOURS[name]}" stroke="{PAPER}" stroke-width="1.5"/>'
    )
    place = Point(middle.x, middle.y + 3.6)
    label = marks.text(place, name, size=11.5, colour=PAPER, anchor="middle", bold=True)
    return f"<g>{_hover(title)}{circle}{label}</g>"


def result(at: Point) -> str:
    """Return the output h, at the right of the root."""
    begin = at.x + HALF_WIDTH
    line = marks.line(f"M{begin:.1f},{at.y:.1f}h14", Stroke(UNKNOWN, 1.6, 1.0, ""))
    return line + marks.text(Point(begin + 18, at.y + 5), "h", size=15, bold=True, title="h")


def _hover(title: str) -> str:
    return f"<title>{xml(title)}</title>" if title else ""
