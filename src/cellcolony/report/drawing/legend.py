"""What the marks of a drawing mean."""

from __future__ import annotations

from collections import Counter

from cellcolony.report.drawing import marks
from cellcolony.report.drawing.labels import short_cell_name, shortened, width
from cellcolony.report.drawing.palette import (
    MOST_DOTS,
    NEGATIVE,
    PALE_INK,
    POSITIVE,
    RECURRENT_WIDTH,
    UNKNOWN,
    Stroke,
    Strokes,
    cell_colour,
    dashes,
)
from cellcolony.report.drawing.placement import HALF_WIDTH, Point
from cellcolony.report.drawing.sketch import Sketch

ROW, SIZE, SPACE, SAMPLE = 28.0, 12.0, 26.0, 46.0


class Legend:
    """A flow of marks, each with its meaning, in rows of a given width.

    Attributes:
        elements: SVG elements.
        bottom: The height at which the last row ends.
    """

    def __init__(self, sketch: Sketch, strokes: Strokes, corner: Point, total_width: float) -> None:
        self.elements: list[str] = []
        self._corner = corner
        self._width = total_width
        self._at = corner
        self._cells(sketch)
        self._edges(sketch, strokes)
        self.bottom = self._at.y + ROW / 2

    def _cells(self, sketch: Sketch) -> None:
        counts = Counter(node.cell for layer in sketch.layers[1:] for node in layer)
        for name, n in sorted(counts.items()):
            meaning = f"{name} ({n})"
            at = self._next(meaning, 2 * HALF_WIDTH)
            label = short_cell_name(name)
            middle = Point(at.x + HALF_WIDTH, at.y)
            self.elements.append(marks.pill(middle, label, cell_colour(name)))
            self._meaning(at, meaning, 2 * HALF_WIDTH)
        self._break()

    def _edges(self, sketch: Sketch, strokes: Strokes) -> None:
        if strokes.heavy is not None:
            recurrent = any(edge.skip > 0 for edge in sketch.edges)
            narrower = f" (dashed × {RECURRENT_WIDTH:g})" if recurrent else ""
            self._line("positive weight", Stroke(POSITIVE, 2.4, 1.0, ""))
            self._line("negative weight", Stroke(NEGATIVE, 2.4, 1.0, ""))
            for share in (0.25, 1.0):
                size = share * strokes.heavy
                thick = strokes.of(sketch.edges[0]._replace(weight=size, skip=0)).width
                more = f" or more{narrower}" if share == 1.0 else ""
                self._line(f"|weight| {size:.2g}{more}", Stroke(UNKNOWN, thick, 1.0, ""))
            self._break()
        skips = sorted({edge.skip for edge in sketch.edges})
        for skip in [skip for skip in skips if skip <= MOST_DOTS]:
            if skip == 0:
                meaning = "within a step, left to right"
            else:
                meaning = "1 step back" if skip == 1 else f"{skip} steps back"
            self._line(meaning, Stroke(UNKNOWN, 1.8, 1.0, dashes(skip)))
        if skips[-1] > MOST_DOTS:
            farther = Stroke(UNKNOWN, 1.8, 1.0, dashes(skips[-1]))
            self._line(f"{MOST_DOTS + 1} or more steps back", farther)

    def _line(self, meaning: str, stroke: Stroke) -> None:
        at = self._next(meaning, SAMPLE)
        path = f"M{at.x:.1f},{at.y:.1f}h{SAMPLE:g}"
        self.elements.append(marks.line(path, stroke))
        self._meaning(at, meaning, SAMPLE)

    def _meaning(self, at: Point, meaning: str, sample: float) -> None:
        shown = shortened(meaning, self._width - sample, SIZE)
        place = Point(at.x + sample + 7, at.y + 4)
        self.elements.append(marks.text(place, shown, size=SIZE, colour=PALE_INK))

    def _next(self, meaning: str, sample: float) -> Point:
        """Return the place of the next mark, in a new row where this one is full."""
        needed = sample + 7 + width(meaning, SIZE) + SPACE
        if (
            self._at.x > self._corner.x
            and self._at.x + needed - SPACE > self._corner.x + self._width
        ):
            self._break()
        at = self._at
        self._at = Point(at.x + needed, at.y)
        return at

    def _break(self) -> None:
        if self._at.x > self._corner.x:
            self._at = Point(self._corner.x, self._at.y + ROW)
