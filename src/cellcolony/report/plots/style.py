"""What plots have in common: colours, forms of files, and how a figure is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import cycle
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.runs.comparison import Group
from cellcolony.runs.result import Result
from cellcolony.store.files import write_file

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Told apart by the colour-blind too (Okabe & Ito 2008)."""
RIVAL_COLOUR = "#666666"
RIVAL_LINES = ("--", ":", "-.", (0, (1, 4)), (0, (6, 2, 1, 2, 1, 2)))
"""By the place of a rival among its run's models."""
LOGARITHMIC = 4.0
"""From this ratio of the largest size to the least on an axis is logarithmic."""
FORMS = ("png", "svg", "pdf")


def coloured(groups: Iterable[Group]) -> Iterator[tuple[str, Result]]:
    """Yield the runs of groups, each with the colour of its group."""
    for colour, group in zip(cycle(COLOURS), groups, strict=False):
        for run in group.runs:
            yield colour, run


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


@contextmanager
def figure_to(path: Path, width: float, height: float) -> Iterator[Figure]:
    """Give an empty figure, and write it at the end, over what stands there.

    Args:
        path: A file that ends in .png, .svg or .pdf.
        width: Of the figure, in inches.
        height: The same.

    Raises:
        ConfigError: The path ends otherwise.
    """
    check_plot_path(path)
    with matplotlib.rc_context({"svg.hashsalt": "cellcolony", "text.parse_math": False}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        picture, form = BytesIO(), path.suffix.removeprefix(".").lower()
        # A date would make each plot another file.
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
        figure.savefig(picture, format=form, dpi=150, metadata=metadata)
    write_file(path, picture.getvalue())


def plain_axes(axes: Axes, title: str, x: str, y: str) -> None:
    """Name the axes, and leave out lines that say nothing."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def sizes_on_x(axes: Axes) -> None:
    """Make the x axis one of sizes: a logarithmic one where they differ much."""
    least, most = axes.get_xlim()
    if least <= 0 or most / least < LOGARITHMIC:
        whole_numbers(axes)
        return
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=8)


def whole_numbers(axes: Axes) -> None:
    """Have whole numbers on the x axis."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def logarithmic_y(axes: Axes) -> None:
    """Make the y axis logarithmic, with numbers as they are usually written."""
    axes.set_yscale("log")
    form = FuncFormatter(lambda value, _: f"{value:.3g}")
    axes.yaxis.set_major_formatter(form)
    axes.yaxis.set_minor_formatter(form)
    axes.tick_params(axis="y", which="minor", labelsize=7)


def describe(axes: Axes, x: str, y: str, title: str) -> None:
    """Say what the axes are, on a light grid, with a legend of the lines.

    Args:
        axes: What is described.
        x: What runs to the right.
        y: What runs upwards.
        title: What is shown.
    """
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
