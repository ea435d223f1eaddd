"""The learning curves of the final trainings."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from cellcolony.errors import RunError
from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.layers.trained import best_of, read_curve
from cellcolony.report.blocks import Block, Column, Paragraph, Picture, TableBlock, ends_of
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.runs import directory
from cellcolony.runs.finals_found import final_names, folder_of
from cellcolony.runs.result import Result
from cellcolony.runs.scores import EVOLVED, FINAL, MODEL
from cellcolony.wording import duration, name, number, printable

HEIGHT = 320
MOST_EPOCHS = 12
"""Lines of a curve; of a longer one the first and the last are shown."""
LARGEST = 1e280
"""The largest perplexity that an axis shows."""


class Curve(NamedTuple):
    """The epochs of a final training.

    Attributes:
        model: What was trained.
        seed: With which seed.
        is_ours: Whether it is the study's own model.
        epochs: The finished epochs.
    """

    model: str
    seed: str
    is_ours: bool
    epochs: tuple[Epoch, ...]

    @property
    def title(self) -> str:
        """What was trained, and with which seed."""
        return f"{name(self.model)}, seed {name(self.seed)}"

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
    known = {}
    for one in result.scores:
        if one.stage == FINAL and one.seed is not None:
            with suppress(RunError):  # where its folder was removed
                is_ours = one.role in (EVOLVED, MODEL)
                known[folder_of(result, one.model, one.seed)] = one.model, is_ours
    found = []
    for folder in final_names(result):
        if folder in result.trained:
            epochs = result.trained[folder].epochs
        else:
            assert result.path is not None
            epochs = read_curve(result.path / directory.FINALS / folder)
        head, _, seed = folder.rpartition("-seed-")
        plain = re.sub("-+", " ", head) + (" (not chosen)" if known else "")
        model, is_ours = known.get(folder, (plain, not (known or result.front)))
        if epochs:
            found.append(Curve(model, seed, is_ours, epochs))
    return sorted(found, key=lambda curve: not curve.is_ours)


@section("curves", "Learning curves", order=25)
def curves(result: Result) -> list[Block]:
    """Return the chart of all curves, and the epochs of one or a line for each of several."""
    found = curves_of(result)
    if not found:
        return []
    if len(found) > 1:
        return [*curves_chart(found), _table(found)]
    return [*curves_chart(found), *curve_table(found[0].epochs)]


def curve_table(epochs: tuple[Epoch, ...]) -> list[Block]:
    """Return a curve, a line an epoch, and why it ended where it failed."""
    best = best_of(epochs)
    rows = [_row(one) for one in epochs if one.failure is None]
    marked = None if best is None else best.number
    left_out, half = len(rows) - MOST_EPOCHS, MOST_EPOCHS // 2
    if marked is not None and left_out > 0 and marked >= half:
        marked = max(marked - left_out + 1, half)
    columns = (
        "epoch", "learning rate", "train perplexity", "valid perplexity", "took",
        Column("tokens a second", roomy=True),
    )  # fmt: skip
    blocks: list[Block] = [TableBlock(columns, ends_of(rows, MOST_EPOCHS), marked)] if rows else []
    if (failure := epochs[-1].failure) is not None:
        where = f"Epoch {len(epochs):,} failed"
        blocks.append(Paragraph(f"{where}: {printable(failure)}.", "remark"))
    return blocks


def _row(epoch: Epoch) -> list[str]:
    return [
        f"{epoch.number + 1:,}",
        f"{epoch.rate:.4g}",
        number(perplexity(epoch.train_loss)),
        number(epoch.perplexity),
        duration(epoch.seconds),
        f"{epoch.n_tokens / max(epoch.seconds, 1e-9):,.0f}",
    ]


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
        panel = Panel(
            across(1, last, width, whole=True), Scale(*y_ends, HEIGHT - BOTTOM, TOP, log=True)
        )
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
