"""What the marks of a colony's drawing mean."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

from cellcolony.cells import label
from cellcolony.drawing import marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.legend import add_cells, add_skips
from cellcolony.drawing.palette import INK, PALE_INK, Stroke
from cellcolony.drawing.placement import Point
from cellcolony.search.ants.drawing.pheromone import UNDECIDED, Pheromone, ramp
from cellcolony.search.ants.drawing.trails import Trails

N_PIECES = 66
"""Of the coloured part of the bar."""
BELOW, COLOURED, BEYOND = 70.0, 330.0, 60.0
"""Lengths of the bar below the start, up to the strongest choice, and on to the cap, in pixels."""
BAR, RISE = 7.0, 9.0
"""The bar's height, and how far above it the width is shown."""
LABEL_SIZE, LABEL_DROP, CLEAR = 10.5, 19.0, 44.0
"""Of numbers, below the bar, and from the labels at its ends."""
MOST_TICKS = 5


def explain_colony(flow: Flow, drawn: Trails, scale: Pheromone, cells: Sequence[str]) -> None:
    """Explain pheromone, time skips and cells."""
    _add_bar(flow, scale)
    add_skips(flow, {edge.skip for edge in drawn.edges} | {0})
    if drawn.hints:
        flow.line("other edges within a step", scale.hint)
    flow.end_row()
    add_cells(flow, {name: label(name) for name in cells})
    flow.note("Inputs: their start edges. Hidden nodes: the shares of cells, the favourite's in %.")
    if any(edge.skip > 0 for edge in drawn.edges):
        flow.note("Dashed edges are half as wide; of several time skips the strongest is drawn.")


def _add_bar(flow: Flow, scale: Pheromone) -> None:
    """Add the scale of pheromone, in numbers: as a bar, and above it as wide as edges are."""
    begin = flow.mark("pheromone, as colour and width", BELOW + COLOURED + BEYOND)
    flow.end_row(more=LABEL_DROP)
    left, right = begin.x + BELOW, begin.x + BELOW + COLOURED
    piece = COLOURED / N_PIECES
    for i in range(N_PIECES):
        share = (i + 0.5) / N_PIECES
        width = scale.width(scale.start + share * (scale.top - scale.start))
        for y, thick in ((begin.y - RISE, width), (begin.y, BAR)):
            path = f"M{left + i * piece:.1f},{y:.1f}h{piece:.1f}"
            flow.elements.append(marks.line(path, Stroke(ramp(share), thick, 1.0, "")))
    grey = Stroke(UNDECIDED, 1.2, 1.0, "")
    flow.elements.append(marks.line(f"M{begin.x:.1f},{begin.y:.1f}h{BELOW:g}", grey))

    def tick(x: float, label: str, anchor: str = "middle") -> None:
        flow.elements.append(
            marks.line(f"M{x:.1f},{begin.y + BAR / 2:.1f}v4", Stroke(INK, 1.0, 1.0, ""))
        )
        place = Point(x, begin.y + LABEL_DROP)
        flow.elements.append(
            marks.text(place, label, size=LABEL_SIZE, colour=PALE_INK, anchor=anchor)
        )

    tick(begin.x, f"{'floor' if scale.is_fixed else 'least'} {scale.floor:.3g}", "start")
    tick(left, f"start {scale.start:g}")
    for value in _round_values(scale.start, scale.top):
        at = left + COLOURED * scale.share(value)
        if min(at - left, right - at) > CLEAR:
            tick(at, f"{value:g}")
    if not scale.is_fixed or scale.top >= scale.cap:
        tick(right, f"cap {scale.cap:g}" if scale.is_fixed else f"{scale.top:.3g}")
        return
    tick(right, f"{scale.top:.3g}")
    tick(right + BEYOND, f"cap {scale.cap:g}", "end")
    dotted = marks.line(f"M{right:.1f},{begin.y:.1f}h{BEYOND:g}", grey._replace(dashes="2 3"))
    flow.elements.append(dotted)


def _round_values(low: float, high: float) -> list[float]:
    """Return a few round values between two numbers."""
    if high <= low:
        return []
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= 0.999 * rough)
    return [step * i for i in range(ceil(low / step), floor(high / step) + 1)]
