"""Plot accuracy against size: the front of every run, and the rivals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.runs.comparison import Group
from cellcolony.runs.result import Result
from cellcolony.runs.scores import mean_mae
from cellcolony.wording import count, name, names, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Told apart by the colour-blind too (Okabe & Ito 2008)."""
RIVAL_COLOUR = "#666666"
RIVAL_MARKS = "Dsv^<>pPX*hdH8"
CAPTION_WIDTH = 120
FORMS = ("png", "svg", "pdf")
HEADROOM = 1.08
"""A rival whose error is more than so many times the largest of the fronts is named, not drawn."""


def check_plot_path(path: Path) -> None:
    """Check that a plot can be written in the form that a file's name asks for.

    Raises:
        ConfigError: It cannot.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMS:
        raise ConfigError(
            f"`plot` must end in .{', .'.join(FORMS)}. Got {path}.{did_you_mean(form, FORMS)}"
        )


def plot_accuracy_against_size(groups: Sequence[Group], path: Path) -> None:
    """Write the plot, over what stands there.

    Each line is the front of a run: the test error of the best network of each size. A large point
    is the network that was chosen on validation. Where a run has not ended, its errors are those of
    validation, and the plot says so.

    Args:
        groups: The runs, all on the same data.
        path: A file that ends in .png, .svg or .pdf.
    """
    import matplotlib

    check_plot_path(path)
    with matplotlib.rc_context({"svg.hashsalt": "cellcolony", "text.parse_math": False}):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        figure = Figure(figsize=(8.0, 5.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        runs = [run for group in groups for run in group.runs]
        split = "test" if all(run.outcome is not None for run in runs) else "valid"
        errors = [_draw_group(axes, group, place, split) for place, group in enumerate(groups)]
        beyond = _draw_rivals(axes, runs[0], split, HEADROOM * max(errors))
        targets = names(runs[0].data.targets)
        what = "test" if split == "test" else "validation (not all runs have ended)"
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("weights")
        axes.set_ylabel(f"{what} MAE of {targets}")
        axes.set_title("The best network of each size; large: chosen on validation", fontsize=10)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1.0))
        if beyond:
            caption = fill(f"Above the plot: {'; '.join(beyond)}.", CAPTION_WIDTH)
            figure.supxlabel(caption, fontsize=8, color=RIVAL_COLOUR)
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_group(axes: Axes, group: Group, place: int, split: str) -> float:
    """Draw the fronts of a group's runs; return their largest error."""
    colour = COLOURS[place % len(COLOURS)]
    settings = name(", ".join(map(str, group.settings.values())))
    title = f"{group.name}: {settings}" if settings else group.name
    title += f" ({count(len(group.runs), 'seed')})"
    largest = 0.0
    for i, run in enumerate(group.runs):
        points = [
            (champion.network.n_weights, error)
            for champion in run.front
            if (error := mean_mae(run.scores, champion.number, split)) is not None
        ]
        sizes, errors = zip(*points, strict=True)
        axes.plot(sizes, errors, "o-", color=colour, markersize=3, linewidth=0.8, alpha=0.6)
        axes.plot(
            sizes[-1], errors[-1], "o", color=colour, markersize=9, markeredgecolor="white",
            label=title if i == 0 else None, linestyle="none", zorder=3,
        )  # fmt: skip
        largest = max(largest, *errors)
    return largest


def _draw_rivals(axes: Axes, run: Result, split: str, limit: float) -> list[str]:
    """Draw the rivals of a run; return the names and errors of those that lie beyond a limit."""
    found: dict[str, tuple[int, list[float]]] = {}
    for score in run.rivals:
        if score.split == split:
            found.setdefault(score.model, (score.n_weights, []))[1].append(score.mae)
    beyond = []
    for place, (model, (n_weights, errors)) in enumerate(found.items()):
        error = sum(errors) / len(errors)
        if not error <= limit:
            beyond.append(f"{name(model)} {number(error)}")
        elif n_weights == 0:  # no place on a logarithmic axis
            axes.axhline(error, color=RIVAL_COLOUR, linestyle=":", linewidth=1, label=name(model))
        else:
            mark = RIVAL_MARKS[place % len(RIVAL_MARKS)]
            axes.plot(
                n_weights, error, mark, color=RIVAL_COLOUR, markersize=5, linestyle="none",
                label=name(model), zorder=4,
            )  # fmt: skip
    return beyond
