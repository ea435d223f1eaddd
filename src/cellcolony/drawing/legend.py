"""What the marks of a drawing mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cellcolony import cells
from cellcolony.drawing import marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.labels import short_cell_name
from cellcolony.drawing.palette import (
    MOST_DOTS,
    NEGATIVE,
    POSITIVE,
    RECURRENT_WIDTH,
    UNKNOWN,
    Stroke,
    Strokes,
    cell_colour,
    dashes,
)
from cellcolony.drawing.placement import HALF_WIDTH, Point
from cellcolony.drawing.sketch import Sketch


def add_legend(flow: Flow, sketch: Sketch, strokes: Strokes) -> None:
    """Explain the cells, the weights and the time skips of a network."""
    counts = Counter(node.cell for layer in sketch.layers[1:] for node in layer)
    add_cells(flow, {name: f"{cells.label(name)} ({n})" for name, n in sorted(counts.items())})
    if strokes.heavy is not None:
        _add_weights(flow, sketch, strokes, strokes.heavy)
    add_skips(flow, {edge.skip for edge in sketch.edges})


def add_cells(flow: Flow, meanings: dict[str, str]) -> None:
    """Explain the colours of cells, given what is said of each by name."""
    for name, meaning in meanings.items():
        at = flow.mark(meaning, 2 * HALF_WIDTH)
        middle = Point(at.x + HALF_WIDTH, at.y)
        flow.elements.append(marks.pill(middle, short_cell_name(name), cell_colour(name)))
    flow.end_row()


def add_skips(flow: Flow, skips: Iterable[int]) -> None:
    """Explain the dashes of these time skips."""
    skips = sorted(skips)
    for skip in [skip for skip in skips if skip <= MOST_DOTS]:
        if skip == 0:
            meaning = "within a step, left to right"
        else:
            meaning = "1 step back" if skip == 1 else f"{skip} steps back"
        flow.line(meaning, Stroke(UNKNOWN, 1.8, 1.0, dashes(skip)))
    if skips and skips[-1] > MOST_DOTS:
        farther = Stroke(UNKNOWN, 1.8, 1.0, dashes(skips[-1]))
        flow.line(f"{MOST_DOTS + 1} or more steps back", farther)


def _add_weights(flow: Flow, sketch: Sketch, strokes: Strokes, heavy: float) -> None:
    recurrent = any(edge.skip > 0 for edge in sketch.edges)
    narrower = f" (dashed × {RECURRENT_WIDTH:g})" if recurrent else ""
    flow.line("positive weight", Stroke(POSITIVE, 2.4, 1.0, ""))
    flow.line("negative weight", Stroke(NEGATIVE, 2.4, 1.0, ""))
    for share in (0.25, 1.0):
        size = share * heavy
        thick = strokes.of(sketch.edges[0]._replace(weight=size, skip=0)).width
        more = f" or more{narrower}" if share == 1.0 else ""
        flow.line(f"|weight| {size:.2g}{more}", Stroke(UNKNOWN, thick, 1.0, ""))
    flow.end_row()
