"""Accuracy against size: the front beside its rivals."""

from __future__ import annotations

from statistics import fmean
from typing import NamedTuple

from cellcolony.report.blocks import Block, Column, Picture, TableBlock
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.report.sections.rivals import training_time
from cellcolony.runs.result import Result
from cellcolony.runs.scores import mean_mae
from cellcolony.wording import count, number

HEIGHT = 360
SMALLEST, LARGEST = 1e-280, 1e280
"""Errors that a logarithmic axis can show."""


class Sized(NamedTuple):
    """A model's size, and its mean absolute error over the targets."""

    model: str
    network: int | None
    n_weights: int
    mae: float


def sized_models(result: Result, split: str) -> list[Sized]:
    """Return the networks of the front and the rivals that were scored on a split."""
    errors: dict[tuple[str, int | None, int], list[float]] = {}
    for score in result.scores:
        if score.split == split:
            errors.setdefault((score.model, score.network, score.n_weights), []).append(score.mae)
    return [Sized(*key, fmean(values)) for key, values in errors.items()]


@section("front", "Accuracy against size", order=30)
def front(result: Result) -> list[Block]:
    """Return the chart, and the table of the best network of each size."""
    return [*front_chart(result), front_table(result)]


def front_chart(result: Result) -> list[Picture]:
    """Return the chart with its legend; models without weights are lines across."""
    split = "valid" if result.outcome is None else "test"
    models = [model for model in sized_models(result, split) if SMALLEST < model.mae < LARGEST]
    sizes = [float(model.n_weights) for model in models if model.n_weights]
    if not sizes:
        return []
    x_ends = padded(sizes, log=True, share=0.08)
    y_ends = padded([model.mae for model in models], log=True, share=0.08)

    def draw(width: int) -> list[Panel]:
        y = Scale(*y_ends, HEIGHT - BOTTOM, TOP, log=True)
        panel = Panel(across(*x_ends, width, log=True), y)
        panel.axes("trainable numbers", f"{'test' if split == 'test' else 'validation'} MAE")
        front = sorted((m for m in models if m.network is not None), key=lambda m: m.n_weights)
        panel.line([(m.n_weights, m.mae) for m in front], "front")
        chosen = result.chosen.number
        for model in sorted(models, key=lambda m: (m.n_weights > 0, m.network != chosen, m.mae)):
            told = f"{model.model}: {count(model.n_weights, 'weight')}, MAE {number(model.mae)}"
            if model.n_weights == 0:
                panel.level(model.mae, "level", model.model)
                continue
            if model.network is None:
                kind = "rival"
            else:
                kind = "chosen" if model.network == chosen else "member"
            panel.dot(model.n_weights, model.mae, kind, told, 5 if kind == "chosen" else 4)
            if kind != "member":
                panel.note(model.n_weights, model.mae, model.model)
        return [panel]

    keys = [
        ("chosen", "the network chosen on validation"),
        ("member", "other networks of the front"),
        ("rival", "rivals"),
    ]
    return [chart("accuracy against size", HEIGHT, draw, keys)]


def front_table(result: Result) -> TableBlock:
    """Return the table of the best network of each size."""
    rows = [
        [
            f"network {champion.number}",
            f"{champion.network.n_weights:,}",
            *(
                number(mean_mae(result.scores, champion.number, split))
                for split in ("valid", "test")
            ),
            training_time(champion.seconds),
        ]
        for champion in result.front
    ]
    columns = (Column("front", "text"), "weights", "valid MAE", "test MAE", "trained in")
    chosen = next(i for i, one in enumerate(result.front) if one is result.chosen)
    several = "; errors are means over the targets" if len(result.data.targets) > 1 else ""
    title = f"The best network of each size (no other beats both size and validation){several}"
    return TableBlock(columns, rows, chosen, title, "chosen")
