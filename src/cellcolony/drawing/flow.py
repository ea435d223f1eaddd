"""Marks with their meanings, side by side in rows: what legends are made of."""

from __future__ import annotations

from cellcolony.drawing import marks
from cellcolony.drawing.labels import shortened, width
from cellcolony.drawing.palette import PALE_INK, Stroke
from cellcolony.drawing.placement import Point

ROW, SIZE, SPACE, SAMPLE = 28.0, 12.0, 26.0, 46.0


class Flow:
    """Rows of a given width that fill from left to right.

    Attributes:
        elements: SVG elements.
    """

    def __init__(self, corner: Point, total_width: float) -> None:
        self.elements: list[str] = []
        self._corner = corner
        self._width = total_width
        self._at = corner

    @property
    def bottom(self) -> float:
        """The height at which the last row ends."""
        return self._at.y + ROW / 2

    def line(self, meaning: str, stroke: Stroke) -> None:
        """Add a line and what it means."""
        at = self.mark(meaning, SAMPLE)
        self.elements.append(marks.line(f"M{at.x:.1f},{at.y:.1f}h{SAMPLE:g}", stroke))

    def mark(self, meaning: str, sample: float) -> Point:
        """Add a meaning, and return the left middle of the room for its mark.

        Args:
            meaning: Stands at the mark's right.
            sample: The mark's width; a full row is left for the next one.
        """
        needed = sample + 7 + width(meaning, SIZE) + SPACE
        if (
            self._at.x > self._corner.x
            and self._at.x + needed - SPACE > self._corner.x + self._width
        ):
            self.end_row()
        at = self._at
        self._at = Point(at.x + needed, at.y)
        shown = shortened(meaning, self._width - sample, SIZE)
        place = Point(at.x + sample + 7, at.y + 4)
        self.elements.append(marks.text(place, shown, size=SIZE, colour=PALE_INK))
        return at

    def note(self, content: str) -> None:
        """Add a remark that belongs to no mark."""
        self.mark(content, -7)

    def end_row(self, more: float = 0.0) -> None:
        """Begin a new row, unless this one is empty, with so much more room above it."""
        if self._at.x > self._corner.x:
            self._at = Point(self._corner.x, self._at.y + ROW + more)
