"""The panel of accuracy against size: the front of every run, and the rivals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from cellcolony.report.plots.style import (
    RIVAL_COLOUR,
    RIVAL_LINES,
    coloured,
    plain_axes,
    sizes_on_x,
)
from cellcolony.report.sections.front import Sized, sized_models
from cellcolony.runs.comparison import Group
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.result import Result
from cellcolony.wording import name, names, number

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
    split = "test" if all(_front(run, "test") for run in runs) else "valid"
    largest = 0.0
    for colour, run in coloured(groups):
        if run.front and (points := _front(run, split)):
            sizes, errors = [one.size for one in points], [one.error for one in points]
            axes.plot(sizes, errors, "o-", color=colour, markersize=3, linewidth=0.8, alpha=0.6)
            axes.plot(
                sizes[-1], errors[-1], "o", color=colour, markersize=9, markeredgecolor="white",
                zorder=3,
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


def _front(run: Result, split: str) -> list[Sized]:
    """Return the candidates of the front that have an error on a split."""
    return [one for one in sized_models(run, split) if one.candidate is not None]


def _draw_rivals(axes: Axes, run: Result, split: str, limit: float) -> None:
    """Draw the single models among the rivals of a run.

    One that lies beyond a limit is named in the legend. A rival without a place on the axis of
    sizes is a line.
    """
    others = [one for one in sized_models(run, split) if not one.is_own]
    rivals = [one for one in others if not one.is_ensemble]
    for place, rival in enumerate(rivals):
        title, error = name(rival.model), rival.error
        if not error <= limit:
            label = f"{title}, above: {number(error)}"
            axes.plot([], [], marker=ABOVE, color=RIVAL_COLOUR, linestyle="none", label=label)
        elif rival.size == 0:
            style = RIVAL_LINES[place % len(RIVAL_LINES)]
            axes.axhline(error, color=RIVAL_COLOUR, linestyle=style, linewidth=1, label=title)
        else:
            mark = RIVAL_MARKS[place % len(RIVAL_MARKS)]
            axes.plot(
                rival.size, error, mark, color=RIVAL_COLOUR, markersize=5, linestyle="none",
                label=title, zorder=4,
            )  # fmt: skip
