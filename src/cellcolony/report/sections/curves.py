"""The learning curves of the final trainings."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from cellcolony.layers.epoch import Epoch
from cellcolony.layers.trained import best_of, read_curve
from cellcolony.report.blocks import Block, Code, Column, Picture, TableBlock
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.epochs import epoch_line
from cellcolony.report.sections import section
from cellcolony.runs import directory
from cellcolony.runs.finals_found import final_names, folder_of
from cellcolony.runs.result import Result
from cellcolony.runs.scores import FINAL
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.wording import duration, name, number

HEIGHT = 320
MOST_EPOCHS = 12
"""Lines of a curve; of a longer one the first and the last are shown."""
LARGEST = 1e280
"""The largest perplexity that an axis shows."""


class Curve(NamedTuple):
    """The epochs of a final training.

    Attributes:
        title: What was trained.
        is_ours: Whether it is the study's own model.
        epochs: The finished epochs.
    """

    title: str
    is_ours: bool
    epochs: tuple[Epoch, ...]

    @property
    def points(self) -> list[tuple[float, float]]:
        """Each epoch, counted from 1, and the perplexity on validation after it."""
        return [
            (one.number + 1.0, one.perplexity) for one in self.epochs if one.perplexity < LARGEST
        ]


def curves_of(result: Result) -> list[Curve]:
    """Return the learning curves of all final trainings, those of the study's own model first.

    Raises:
        RunError: A curve is damaged.
    """
    known = {
        folder_of(result, one.model, one.seed): (one.model, one.role in ("evolved", "model"))
        for one in result.scores
        if one.stage == FINAL and one.seed is not None
    }
    found = []
    for folder in final_names(result):
        if folder in result.trained:
            epochs = result.trained[folder].epochs
        else:
            assert result.path is not None
            epochs = read_curve(result.path / directory.FINALS / folder)
        head, _, seed = folder.rpartition("-seed-")
        title, is_ours = known.get(folder, (re.sub("-+", " ", head), not result.front))
        if epochs:
            found.append(Curve(f"{name(title)}, seed {name(seed)}", is_ours, epochs))
    return sorted(found, key=lambda curve: not curve.is_ours)


@section("curves", "Learning curves", order=25)
def curves(result: Result) -> list[Block]:
    """Return the chart of all curves, and the lines of one or a table of several."""
    finals, found = result.config.stage("finals"), curves_of(result)
    if not isinstance(finals, FinalsStage) or not found:
        return []
    blocks: list[Block] = [*curves_chart(found)]
    if len(found) > 1:
        return [*blocks, _table(found)]
    return [*blocks, Code(curve_lines(found[0].epochs, finals.training.schedule.epochs))]


def curve_lines(epochs: tuple[Epoch, ...], n_epochs: int) -> list[str]:
    """Return a curve, a line an epoch; a star marks the best on validation so far."""
    lines, lowest = [], math.inf
    for epoch in epochs:
        is_best, lowest = epoch.valid_loss < lowest, min(lowest, epoch.valid_loss)
        lines.append(epoch_line(epoch, n_epochs, is_best))
    if len(lines) > MOST_EPOCHS:
        half = MOST_EPOCHS // 2
        lines[half:-half] = [f"... {len(lines) - 2 * half:,} more: see curve.csv"]
    return lines


def _table(curves: list[Curve]) -> TableBlock:
    rows = []
    for curve in curves:
        best = best_of(curve.epochs)
        rows.append(
            [
                curve.title,
                f"{len(curve.epochs):,}",
                number(curve.points[0][1] if curve.points else None),
                number(None if best is None else best.perplexity),
                "-" if best is None else f"{best.number + 1:,}",
                duration(sum(epoch.seconds for epoch in curve.epochs)),
            ]
        )
    columns = (
        Column("final training", "text"), "epochs", "valid, first", "valid, best", "at epoch",
        "trained in",
    )  # fmt: skip
    return TableBlock(columns, rows, title="Perplexities of the final trainings on validation")


def curves_chart(curves: list[Curve]) -> list[Picture]:
    """Return the chart; nothing before the second epoch of any training."""
    drawn = [curve for curve in curves if len(curve.points) > 1]
    values = [value for curve in drawn for _, value in curve.points]
    if not values:
        return []
    y_ends = padded(values, log=True)
    last = max(curve.points[-1][0] for curve in drawn)

    def draw(width: int) -> list[Panel]:
        panel = Panel(across(1, last, width), Scale(*y_ends, HEIGHT - BOTTOM, TOP, log=True))
        panel.axes("epoch", "perplexity on validation")
        for curve in reversed(drawn):  # our own above all others
            panel.line(curve.points, "best" if curve.is_ours else "other")
            for epoch, value in curve.points[-1:]:
                told = f"{curve.title}: {number(value)}"
                panel.dot(epoch, value, "chosen" if curve.is_ours else "rival", told, 3)
        return [panel]

    keys = [("best", "the study's own model")]
    if not all(curve.is_ours for curve in drawn):
        keys.append(("other", "rivals; a pointer on the end of a line shows its name"))
    return [chart("learning curves", HEIGHT, draw, keys)]
