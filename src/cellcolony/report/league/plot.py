"""Plot a league: on each task the errors of what was evolved, beside the best rival."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cellcolony.report.plots.style import COLOURS, RIVAL_COLOUR, figure_to
from cellcolony.runs.league.standing import BEST_RIVAL, Standing
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE
from cellcolony.runs.scores import CONTROL

ROW_INCHES, HEAD_INCHES, WIDTH_INCHES = 0.32, 1.5, 8.0
COLUMNS = 3
"""Of the legend: more do not fit beside each other."""
FARTHEST = 4.0
"""Multiples of the reference that are drawn; what is farther out stands at the edge."""

COARSE = (0.25, 0.5, 1, 2, 4)
FINE = (0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4)
"""Where numbers stand on the axis: `FINE` where its ends are less than `FEW` times apart."""
FEW = 4.0


class Series(NamedTuple):
    """A kind of model in the plot."""

    key: str
    colour: str
    marker: str


def plot_league(standing: Standing, path: Path) -> str:
    """Write the plot, over what stands there, and return it as SVG; empty without anything to draw.

    A row is a task, and a dot a kind of model: its test error in the mean over seeds, over that of
    the best rival by validation, which stands at 1. Small marks are single seeds.

    Args:
        standing: How the league stands.
        path: A file that ends in .svg.
    """
    tasks = [task for task in standing.by_task if _reference(standing, task)]
    if not tasks:
        return ""
    shown = [one for one in _series(standing) if one.key in (BEST_RIVAL, *standing.keys)]
    with figure_to(path, WIDTH_INCHES, HEAD_INCHES + ROW_INCHES * len(tasks)) as figure:
        axes = figure.add_subplot()
        for row, task in enumerate(tasks):
            for one in shown:
                _draw(axes, standing, task, row, one)
        _finish(axes, tasks)
        figure.legend(
            [Line2D([], [], linestyle="", color=one.colour, marker=one.marker) for one in shown],
            [one.key for one in shown],
            loc="outside lower center", ncols=min(len(shown), COLUMNS), frameon=False, fontsize=8,
        )  # fmt: skip
    svg = path.read_text("utf-8")
    return svg[svg.index("<svg") :]


def _series(standing: Standing) -> Iterator[Series]:
    yield Series(BEST_RIVAL, RIVAL_COLOUR, "D")
    controls = [key for key in standing.keys if standing.role(key) == CONTROL]
    yield from (Series(*one) for one in zip(controls, cycle(COLOURS[4:]), cycle("sv")))
    yield Series(OWN_ENSEMBLE, COLOURS[2], "^")
    yield Series(OWN, COLOURS[0], "o")


def _reference(standing: Standing, task: str) -> float | None:
    """Return what errors are divided by; None where that cannot be done."""
    error = standing.error(task, BEST_RIVAL)
    return error if error and math.isfinite(error) else None


def _draw(axes: Axes, standing: Standing, task: str, row: int, one: Series) -> None:
    reference, error = _reference(standing, task), standing.error(task, one.key)
    if reference is None or error is None:
        return
    each = [run.error(one.key) for run in standing.by_task[task]]
    seeds = [_within(value / reference) for value in each if value is not None]
    if len(seeds) > 1:
        axes.plot(seeds, [row] * len(seeds), "|", color=one.colour, markersize=7, alpha=0.6)
    axes.plot(_within(error / reference), row, one.marker, color=one.colour, markersize=6)


def _within(multiple: float) -> float:
    return min(max(multiple, 1 / FARTHEST), FARTHEST)


def _finish(axes: Axes, tasks: Sequence[str]) -> None:
    axes.axvline(1.0, color=RIVAL_COLOUR, linestyle=":", linewidth=1, zorder=0)
    axes.set_xscale("log")
    least, most = axes.get_xlim()
    axes.xaxis.set_major_locator(FixedLocator(FINE if most < FEW * least else COARSE))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_yticks(range(len(tasks)), tasks, fontsize=8)
    axes.set_ylim(len(tasks) - 0.5, -0.5)
    axes.set_xlabel("test error over that of the best rival by validation (left is better)")
    axes.grid(axis="x", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
