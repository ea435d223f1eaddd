"""The plot of runs that are compared: a panel for each view that they have something for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cellcolony.report.plots.curves import draw_curves
from cellcolony.report.plots.progress import draw_progress
from cellcolony.report.plots.sizes import draw_sizes
from cellcolony.report.plots.style import COLOURS, figure_to
from cellcolony.report.sections.curves import curves_of
from cellcolony.runs.comparison import Group, shown
from cellcolony.wording import count, name

PANEL_WIDTH, HEIGHT, LINE_HEIGHT = 5.2, 4.4, 0.19
"""Inches: of a panel, and of a line of the legend."""
COLUMNS = 2
"""Of the legend, under each panel."""


def plot_comparison(groups: Sequence[Group], path: Path) -> None:
    """Write the plot, over what stands there.

    There are up to three panels: the front of each search as accuracy against size, the best loss
    so far against the candidates, and the learning curves of final trainings.

    Args:
        groups: The runs, all on the same data.
        path: A file that ends in .png, .svg or .pdf.

    Raises:
        ConfigError: The path ends otherwise.
        RunError: A journal or a curve is damaged.
    """
    runs = [run for group in groups for run in group.runs]
    has_search = any(run.front for run in runs)
    has_finals = any(curve.is_ours for run in runs for curve in curves_of(run))
    n_panels = 2 * has_search + has_finals or 1
    n_columns = COLUMNS * n_panels
    n_entries = len(groups) + len({one.model for run in runs for one in run.models[1:]})
    height = HEIGHT + LINE_HEIGHT * -(-n_entries // n_columns)
    with figure_to(path, PANEL_WIDTH * n_panels, height) as figure:
        panels = list(figure.subplots(1, n_panels, squeeze=False)[0])
        left = iter(panels)
        if has_search:
            draw_sizes(next(left), groups)
            draw_progress(next(left), groups)
        if has_finals:
            draw_curves(next(left), groups)
        _legend(figure, panels, groups, n_columns)


def _legend(
    figure: Figure, panels: Sequence[Axes], groups: Sequence[Group], n_columns: int
) -> None:
    """Say which colour is which group, and which mark or line which rival."""
    entries: dict[str, Artist] = {
        group_title(group): Line2D([], [], color=COLOURS[place % len(COLOURS)], marker="o")
        for place, group in enumerate(groups)
    }
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        for handle, label in zip(handles, labels, strict=True):
            entries.setdefault(label, handle)
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=n_columns,
        frameon=False, fontsize=8,
    )  # fmt: skip


def group_title(group: Group) -> str:
    """Return what a group is called in a legend."""
    settings = name(", ".join(f"{key} {shown(value)}" for key, value in group.settings.items()))
    runs = count(len(group.runs), "run")
    return f"{group.name}: {settings} ({runs})" if settings else f"{group.name} ({runs})"
