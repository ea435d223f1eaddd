"""Accuracy against size: the front beside its rivals."""

from __future__ import annotations

from statistics import fmean
from typing import NamedTuple

from cellcolony.report.html.chart import BOTTOM, TOP, Panel, across, chart, legend
from cellcolony.report.html.elements import table
from cellcolony.report.html.scale import Scale, padded
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


def front_chart(result: Result) -> str:
    """Return the chart with its legend; models without weights are lines across."""
    split = "valid" if result.outcome is None else "test"
    models = [model for model in sized_models(result, split) if SMALLEST < model.mae < LARGEST]
    sizes = [float(model.n_weights) for model in models if model.n_weights]
    if not sizes:
        return ""
    x_ends = padded(sizes, log=True, share=0.08)
    y_ends = padded([model.mae for model in models], log=True, share=0.08)

    def draw(width: int) -> list[Panel]:
        y = Scale(*y_ends, HEIGHT - BOTTOM, TOP, log=True)
        panel = Panel(across(*x_ends, width, log=True), y)
        panel.axes("trainable numbers", f"{'test' if split == 'test' else 'validation'} MAE")
        front = sorted((m for m in models if m.network is not None), key=lambda m: m.n_weights)
        panel.line([(m.n_weights, m.mae) for m in front], "front")
        chosen = result.chosen.number
        for model in sorted(models, key=lambda m: (m.network != chosen, m.mae)):
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

    entries = [
        ("chosen", "the network chosen on validation"),
        ("member", "other networks of the front"),
        ("rival", "rivals"),
    ]
    return chart("accuracy against size", HEIGHT, draw) + "\n" + legend(*entries)


def front_table(result: Result) -> str:
    """Return the table of the best network of each size."""
    rows, marked = [], None
    for i, champion in enumerate(result.front):
        errors = [mean_mae(result.scores, champion.number, split) for split in ("valid", "test")]
        is_chosen = champion is result.chosen
        marked = i if is_chosen else marked
        rows.append(
            [
                f"network {champion.number}",
                f"{champion.network.n_weights:,}",
                *(number(error) for error in errors),
                "chosen" if is_chosen else "",
            ]
        )
    return table(["network", " weights", " valid MAE", " test MAE", ""], rows, marked)
