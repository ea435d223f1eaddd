"""Partial responses of the best network, as small plots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from cellcolony.report.blocks import Block, Paragraph
from cellcolony.report.charts.panel import BOTTOM, LEFT, NARROW, RIGHT, TOP, Panel, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.report.steps import told_targets
from cellcolony.runs.importance.responses import Response
from cellcolony.runs.result import Result
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import name

MOST_TARGETS = 4
"""Targets whose responses are drawn."""
HEIGHT, A_ROW = 210, 2
"""Of a small plot in pixels, and how many stand beside each other on a wide page."""


@section("responses", "Partial responses", order=36, on=("page",))
def partial_responses(result: Result) -> list[Block]:
    """Return a chart for each target; nothing where nothing was measured."""
    if not isinstance(result.facts, ForecastFacts) or not result.responses:
        return []
    about = (
        f"What network {result.chosen.number} forecasts in the mean over the validation rows where "
        "a column has one value throughout, and all else stays as it is: from the value that 5 % "
        "of the training rows are below to the one that 95 % are. All plots of a target have the "
        "same height, so that a flat line is a column that hardly matters by its level; it may "
        "still matter by its course."
    )
    blocks: list[Block] = [Paragraph(about, "pale")]
    for target in told_targets(result)[:MOST_TARGETS]:
        curves = curves_of(result.responses, target)
        if curves:
            told = f"partial responses of {name(target)}"
            height = partial(height_of, len(curves))
            blocks.append(chart(told, height, partial(panels, curves, target)))
    return blocks


def curves_of(found: Sequence[Response], target: str) -> dict[str, list[tuple[float, float]]]:
    """Return the points of each column's response of a target, of two or more each."""
    own = [one for one in found if one.target == target]
    points = {
        column: [(one.value, one.forecast) for one in of]
        for column, of in groupby(own, lambda one: one.column)
    }
    return {column: line for column, line in points.items() if line[0][0] < line[-1][0]}


def a_row(width: int) -> int:
    """Return how many small plots stand beside each other in a chart of a width."""
    return 1 if width <= NARROW else A_ROW


def height_of(n_plots: int, width: int) -> int:
    """Return how high a chart of so many small plots is, for a width."""
    return HEIGHT * -(-n_plots // a_row(width))


def panels(curves: dict[str, list[tuple[float, float]]], target: str, width: int) -> list[Panel]:
    """Return the small plots of one target for a width."""
    y_ends = padded([y for line in curves.values() for _, y in line])
    each = width / a_row(width)
    found = []
    for place, (column, line) in enumerate(curves.items()):
        row, place_in_row = divmod(place, a_row(width))
        left, top = place_in_row * each, row * HEIGHT
        x = Scale(line[0][0], line[-1][0], left + LEFT, left + each - RIGHT)
        panel = Panel(x, Scale(*y_ends, top + HEIGHT - BOTTOM, top + TOP))
        panel.axes(name(column), name(target))
        panel.line(line, "predicted")
        found.append(panel)
    return found
