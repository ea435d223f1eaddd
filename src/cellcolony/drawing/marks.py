"""The marks that a drawing is made of, as SVG elements."""

from __future__ import annotations

from typing import Any

from cellcolony.drawing.element import element
from cellcolony.drawing.labels import xml
from cellcolony.drawing.palette import INK, PAPER, Stroke
from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH, Point
from cellcolony.drawing.routes import Route

ARROW = 5.0
"""Length of the head of a thin arrow."""


def text(
    at: Point,
    content: str,
    *,
    size: float = 12,
    colour: str = INK,
    anchor: str = "start",
    bold: bool = False,
    title: str = "",
) -> str:
    """Return a line of text; `at` is on its base line, `title` shows when a pointer rests on it."""
    return element(
        "text", xml(content), title=title, x=at.x, y=at.y, font_size=size, fill=colour,
        text_anchor=anchor, font_weight="bold" if bold else "",
    )  # fmt: skip


def box(at: Point, half_width: float, half_height: float, **look: Any) -> str:
    """Return a rectangle around a point; `look` are its attributes."""
    return element(
        "rect", x=at.x - half_width, y=at.y - half_height, width=2 * half_width,
        height=2 * half_height, **look,
    )  # fmt: skip


def pill(at: Point, label: str, fill: str, title: str = "", bold: bool = False) -> str:
    """Return a hidden or an output node."""
    border = 2 if bold else 1
    return element(
        "g",
        box(
            at, HALF_WIDTH, HALF_HEIGHT, rx=HALF_HEIGHT, fill=fill, stroke=INK, stroke_width=border
        ),
        text(Point(at.x, at.y + 3.8), label, size=11, anchor="middle"),
        title=title,
    )


def dot(at: Point, radius: float, fill: str, stroke: str, **look: Any) -> str:
    """Return a circle, such as an input node; `look` are more attributes."""
    return element("circle", cx=at.x, cy=at.y, r=radius, fill=fill, stroke=stroke, **look)


def line(path: str, stroke: Stroke, title: str = "") -> str:
    """Return an edge."""
    return element(
        "path", title=title, d=path, fill="none", stroke=stroke.colour, stroke_width=stroke.width,
        stroke_opacity=stroke.opacity, stroke_dasharray=stroke.dashes,
    )  # fmt: skip


def arrow(route: Route, stroke: Stroke) -> str:
    """Return the head of an arrow at a route's end."""
    (x, y), (dx, dy) = route.end, route.direction
    long = ARROW + stroke.width
    half = long / 2.6
    back = Point(x - long * dx, y - long * dy)
    corners = [
        (x, y),
        (back.x - half * dy, back.y + half * dx),
        (back.x + half * dy, back.y - half * dx),
    ]
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    return element("polygon", points=points, fill=stroke.colour, fill_opacity=stroke.opacity)


def badge(at: Point, label: str, colour: str) -> str:
    """Return a small label on a white ground, for the middle of an edge."""
    ground = dot(at, 5.5, PAPER, "", fill_opacity=0.85)
    place = Point(at.x, at.y + 3.2)
    return ground + text(place, label, size=9, colour=colour, anchor="middle", bold=True)
