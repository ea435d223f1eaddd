"""The panel of accuracy against size: the front of every run, and the rivals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cellcolony.networks.genome import Network
from cellcolony.report.plots.style import (
    COLOURS,
    RIVAL_COLOUR,
    RIVAL_LINES,
    plain_axes,
    sizes_on_x,
)
from cellcolony.runs.comparison import Group
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.result import Result
from cellcolony.runs.scores import SEARCH
from cellcolony.wording import name, names, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RIVAL_MARKS = "Dsv^<>pPX*hdH8"
ABOVE = 6
"""Matplotlib's mark that points up."""
HEADROOM = 1.25
"""A rival whose error is more than so many times the largest of the fronts is named, not drawn."""


def draw_sizes(axes: Axes, groups: Sequence[Group]) -> None:
    """Draw the fronts of all runs that have searched.

    Each line is the front of a run: the error of the best candidate of each size, as the search has
    trained it. A large point is the one that was chosen on validation. Errors are those of the test
    split where all runs have them there, and of validation where one has not: nodes are tested
    after final trainings alone. A rival that lies far above is in the legend alone.
    """
    runs = [run for group in groups for run in group.runs if run.front]
    split = "test" if all(_points(run, "test") for run in runs) else "valid"
    largest = 0.0
    for place, group in enumerate(groups):
        for run in group.runs:
            if points := _points(run, split):
                sizes, errors = zip(*points, strict=True)
                colour = COLOURS[place % len(COLOURS)]
                axes.plot(sizes, errors, "o-", color=colour, markersize=3, linewidth=0.8, alpha=0.6)
                axes.plot(
                    sizes[-1], errors[-1], "o", color=colour, markersize=9,
                    markeredgecolor="white", zorder=3,
                )  # fmt: skip
                largest = max(largest, *errors)
    _draw_rivals(axes, runs[0], split, HEADROOM * largest)
    kinds = dict.fromkeys(champion.genome.kind for run in runs for champion in run.front)
    noun = " or ".join(KINDS[kind].noun for kind in kinds)
    targets = runs[0].facts.targets
    of = f" of {names(targets)}" if targets else ""
    why = "" if split == "test" or not targets else " (not all runs were tested)"
    sizes_on_x(axes)
    plain_axes(
        axes,
        f"The best {noun} of each size; large: chosen on validation",
        " or ".join(f"{KINDS[kind].unit}s" for kind in kinds),
        f"{'test' if split == 'test' else 'validation'} {_title(runs[0])}{of}{why}",
    )


def _title(run: Result) -> str:
    return run.measure.title if run.facts.targets else f"search {run.measure.title}"


def _points(run: Result, split: str) -> list[tuple[int, float]]:
    """Return the size and the error of each candidate of the front that has one on a split."""
    found = []
    for champion in run.front:
        values = [
            one.value
            for one in run.scores
            if (one.candidate, one.stage, one.split, one.measure)
            == (champion.number, SEARCH, split, run.measure.name)
            and one.role == "evolved"
            and one.value is not None
        ]
        if values:
            found.append((champion.size, run.measure.mean(values)))
    return found


def _draw_rivals(axes: Axes, run: Result, split: str, limit: float) -> None:
    """Draw the rivals of a run; one that lies beyond a limit is named in the legend.

    A rival that is no network has no place on the axis of sizes, and is a line.
    """
    is_network = isinstance(run.best, Network)
    rivals = [
        (model, value)
        for model in run.models[1:]
        if (value := model.value(split, stage=SEARCH)) is not None
    ]
    for place, (model, error) in enumerate(rivals):
        title, size = name(model.model), model.n_weights
        if not error <= limit:
            label = f"{title}, above: {number(error)}"
            axes.plot([], [], marker=ABOVE, color=RIVAL_COLOUR, linestyle="none", label=label)
        elif size == 0 or not is_network:
            style = RIVAL_LINES[place % len(RIVAL_LINES)]
            axes.axhline(error, color=RIVAL_COLOUR, linestyle=style, linewidth=1, label=title)
        else:
            mark = RIVAL_MARKS[place % len(RIVAL_MARKS)]
            axes.plot(
                size, error, mark, color=RIVAL_COLOUR, markersize=5, linestyle="none", label=title,
                zorder=4,
            )  # fmt: skip
