"""Charts as inline SVG, drawn twice, for a wide page and a narrow one, so that text is legible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from cellcolony.drawing.element import element
from cellcolony.drawing.labels import xml
from cellcolony.report.blocks import Picture
from cellcolony.report.charts.scale import Scale, label
from cellcolony.wording import printable

WIDE, NARROW = 960, 360
LEFT, RIGHT, TOP, BOTTOM = 74, 14, 12, 44
LETTER = 6.6
"""Width of a letter of an axis, in pixels."""

Points = Sequence[tuple[float, float]]


class Panel:
    """One pair of axes with what is drawn between them.

    Args:
        x: From values to pixels across.
        y: From values to pixels down; its start is at the bottom.
    """

    def __init__(self, x: Scale, y: Scale) -> None:
        self.x, self.y = x, y
        self.elements: list[str] = []
        self._notes: list[tuple[float, float, float]] = []

    def axes(
        self, x_title: str, y_title: str, told: Callable[[float], str] = label, letters: int = 0
    ) -> None:
        """Draw grid lines, round values and titles; without a title for x, its values neither.

        Args:
            x_title: Stands below.
            y_title: Stands at the left.
            told: Returns what a value of x is shown as.
            letters: How long that is, where it is longer than a number.
        """
        x, y = self.x, self.y
        for value in y.ticks(max(2, int(abs(y.start - y.end) / 38))):
            at = y(value)
            self._add("line", class_="grid", x1=x.start, x2=x.end, y1=at, y2=at)
            self._text(x.start - 7, at + 4, label(value), "end")
        apart = max(85.0, LETTER * (letters + 3))
        for value in x.ticks(max(int((x.end - x.start) / apart), 2)):
            at = x(value)
            self._add("line", class_="grid", x1=at, x2=at, y1=y.start, y2=y.end)
            half = LETTER * len(told(value)) / 2
            if x_title and at - half > 0 and at + half < x.end + RIGHT:
                self._text(at, y.start + 17, told(value), "middle")
        if x_title:
            self._text((x.start + x.end) / 2, y.start + 36, x_title, "middle", class_="title")
        across, down = x.start - LEFT + 12, (y.start + y.end) / 2
        turned = f"translate({across:.1f},{down:.1f}) rotate(-90)"
        self._text(0, 0, y_title, "middle", class_="title", transform=turned)

    def line(self, points: Points, kind: str) -> None:
        """Draw a line through points."""
        self._add("polyline", class_=kind, points=self._places(points))

    def steps(self, points: Points, kind: str) -> None:
        """Draw a line that keeps each value until the next point."""
        corners = [points[0]]
        for before, after in pairwise(points):
            corners += [(after[0], before[1]), after]
        self.line(corners, kind)

    def area(self, points: Points, kind: str) -> None:
        """Fill what lies between the lower axis and a line."""
        ends = (points[-1][0], self.y.low), (points[0][0], self.y.low)
        self._add("polygon", class_=kind, points=self._places([*points, *ends]))

    def band(self, lower: Points, upper: Points, kind: str) -> None:
        """Fill what lies between two lines."""
        self._add("polygon", class_=kind, points=self._places([*lower, *reversed(upper)]))

    def level(self, y: float, kind: str, content: str) -> None:
        """Draw a line across, and write above one of its ends."""
        at, x = self.y(y), self.x
        self._add("line", class_=kind, x1=x.start, x2=x.end, y1=at, y2=at)
        for begin in (x.start + 6, x.end - 6 - LETTER * len(content)):
            if self._write(begin, at - 5, content):
                break
        self._notes.append((x.start, x.end, at + 4))

    def dot(self, x: float, y: float, kind: str, told: str = "", radius: float = 3) -> None:
        """Draw a dot; what is told shows when a pointer rests on it."""
        self._add(
            "circle", title=printable(told), class_=kind, cx=self.x(x), cy=self.y(y), r=radius
        )

    def note(self, x: float, y: float, content: str) -> None:
        """Write beside, above or below a point, where no note is in the way, or not at all."""
        width, across, down = LETTER * len(content), self.x(x), self.y(y) + 4
        places = [
            (across + 8, down),
            (across - 8 - width, down),
            (across - width / 2, down - 12),
            (across - width / 2, down + 14),
        ]
        for begin, at in places:
            is_wide = self.x.start <= begin and begin + width <= self.x.end
            is_high = self.y.end + 8 <= at <= self.y.start - 3
            if is_wide and is_high and self._write(begin, at, content):
                return

    def _write(self, begin: float, at: float, content: str) -> bool:
        """Write unless another note is in the way; say whether that was done."""
        end = begin + LETTER * len(content)
        if any(begin < b and a < end and abs(at - other) < 13 for a, b, other in self._notes):
            return False
        self._notes.append((begin, end, at))
        self._text(begin, at, content, "start")
        return True

    def _text(self, x: float, y: float, content: str, anchor: str, **look: str) -> None:
        self._add("text", xml(printable(content)), x=x, y=y, text_anchor=anchor, **look)

    def _places(self, points: Points) -> str:
        return " ".join(f"{self.x(x):.2f},{self.y(y):.2f}" for x, y in points)

    def _add(self, tag: str, *inside: str, title: str = "", **attributes: str | float) -> None:
        self.elements.append(element(tag, *inside, title=title, **attributes))


def chart(
    told: str,
    height: int | Callable[[int], int],
    draw: Callable[[int], Iterable[Panel]],
    keys: Sequence[tuple[str, str]] = (),
    caption: str = "",
) -> Picture:
    """Return a chart for both widths of a page, of which the style sheet shows one.

    Args:
        told: What it shows, for those who cannot see it.
        height: In pixels, or what returns it for a width.
        draw: Returns the panels for a width.
        keys: The meaning of marks: the kind of each, and text.
        caption: Stands below.
    """
    wide, narrow = (
        element(
            "svg",
            *(f"\n{one}" for panel in draw(width) for one in panel.elements),
            class_="chart", role="img",
            viewBox=f"0 0 {width} {height if isinstance(height, int) else height(width)}",
            aria_label=printable(told),
        )
        for width in (WIDE, NARROW)
    )  # fmt: skip
    return Picture(wide, narrow, keys, caption)


def across(low: float, high: float, width: int, *, log: bool = False, whole: bool = False) -> Scale:
    """Return the scale of the lower axis for a chart of a width."""
    return Scale(low, high, LEFT, width - RIGHT, log, whole)
