"""The panel of learning curves: the validation measure of final trainings, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.layers.trained import read_curve
from cellcolony.report.plots.style import (
    COLOURS,
    RIVAL_COLOUR,
    RIVAL_LINES,
    logarithmic_y,
    plain_axes,
    whole_numbers,
)
from cellcolony.runs.comparison import Group
from cellcolony.runs.directory import FINALS
from cellcolony.runs.finals_found import folder_of
from cellcolony.runs.result import Result
from cellcolony.runs.scores import FINAL, Contender
from cellcolony.wording import name

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_curves(axes: Axes, groups: Sequence[Group]) -> None:
    """Draw the final trainings of each run's own model, and those of the first run's rivals.

    The best epoch of each is marked.
    """
    for place, group in enumerate(groups):
        for run in group.runs:
            for curve in curves_of(run, run.models[0]):
                _draw(axes, curve, COLOURS[place % len(COLOURS)], "-", None)
    run = groups[0].runs[0]
    for place, model in enumerate(run.models[1:]):
        style = RIVAL_LINES[place % len(RIVAL_LINES)]
        for i, curve in enumerate(curves_of(run, model)):
            _draw(axes, curve, RIVAL_COLOUR, style, name(model.model) if i == 0 else None)
    logarithmic_y(axes)
    whole_numbers(axes)
    plain_axes(
        axes, "Final trainings; marked: the epoch that is kept", "epoch",
        f"validation {run.measure.title}",
    )  # fmt: skip


def curves_of(run: Result, model: Contender) -> list[list[Epoch]]:
    """Return the epochs of each final training of a model, without one that failed.

    Raises:
        RunError: The curve of a training is damaged.
    """
    if run.path is None:
        return []
    seeds = {one.seed for one in model.scores if one.stage == FINAL and not one.failure}
    found = []
    for seed in sorted(seed for seed in seeds if seed is not None):
        epochs = read_curve(run.path / FINALS / folder_of(run, model.model, seed))
        found.append([epoch for epoch in epochs if epoch.failure is None])
    return [curve for curve in found if curve]


def _draw(
    axes: Axes, curve: Sequence[Epoch], colour: str, style: object, label: str | None
) -> None:
    numbers = [epoch.number + 1 for epoch in curve]
    values = [perplexity(epoch.valid_loss) for epoch in curve]
    axes.plot(
        numbers, values, color=colour, linestyle=style, linewidth=1.1, alpha=0.85, label=label
    )
    least = min(range(len(values)), key=values.__getitem__)
    axes.plot(numbers[least], values[least], "o", color=colour, markersize=4)
