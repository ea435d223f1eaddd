"""The marks that a drawing is made of, as SVG elements."""

from __future__ import annotations

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
    weight = ' font-weight="bold"' if bold else ""
    hover = f"<title>{xml(title)}</title>" if title else ""
    return (
        f'<text x="{at.x:.1f}" y="{at.y:.1f}" font-size="{size:g}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{hover}{xml(content)}</text>'
    )


def pill(at: Point, label: str, fill: str, title: str = "", bold: bool = False) -> str:
    """Return a hidden or an output node."""
    hover = f"<title>{xml(title)}</title>" if title else ""
    border = 2 if bold else 1
    return (
        f"<g>{hover}"
        f'<rect x="{at.x - HALF_WIDTH:.1f}" y="{at.y - HALF_HEIGHT:.1f}" '
        f'width="{2 * HALF_WIDTH:g}" height="{2 * HALF_HEIGHT:g}" rx="{HALF_HEIGHT:g}" '
        f'fill="{fill}" stroke="{INK}" stroke-width="{border}"/>'
        f"{text(Point(at.x, at.y + 3.8), label, size=11, anchor='middle')}</g>"
    )


def dot(at: Point, radius: float, fill: str, stroke: str) -> str:
    """Return an input node."""
    return (
        f'<circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="{radius:g}" fill="{fill}" stroke="{stroke}"/>'
    )


def line(path: str, stroke: Stroke, title: str = "") -> str:
    """Return an edge."""
    pattern = f' stroke-dasharray="{stroke.dashes}"' if stroke.dashes else ""
    hover = f"<title>{xml(title)}</title>" if title else ""
    return (
        f'<path d="{path}" fill="none" stroke="{stroke.colour}" stroke-width="{stroke.width:.2f}" '
        f'stroke-opacity="{stroke.opacity:.2f}"{pattern}>{hover}</path>'
    )


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
    return (
        f'<polygon points="{points}" fill="{stroke.colour}" fill-opacity="{stroke.opacity:.2f}"/>'
    )


def badge(at: Point, label: str, colour: str) -> str:
    """Return a small label on a white ground, for the middle of an edge."""
    return (
        f'<circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="5.5" fill="{PAPER}" fill-opacity="0.85"/>'
        f"{text(Point(at.x, at.y + 3.2), label, size=9, colour=colour, anchor='middle', bold=True)}"
    )
