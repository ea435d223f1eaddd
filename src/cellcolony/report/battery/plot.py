"""Plot how the errors of each configuration are distributed over its repeats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from cellcolony.report.battery.configurations import best_of
from cellcolony.report.plots.style import COLOURS, RIVAL_COLOUR, check_plot_path, figure_to
from cellcolony.runs.battery.summary import ConfigurationSummary, compared_on
from cellcolony.wording import printable

LONGEST_LABEL = 200
"""Characters of a configuration's label that are drawn."""
ROW_INCHES, HEAD_INCHES, WIDTH_INCHES = 0.25, 1.2, 8.0


def plot_battery(
    found: Sequence[ConfigurationSummary], baseline: str | None, path: Path, title: str
) -> bool:
    """Write a plot, over what stands there: a dot for each repeat, a mark at the median.

    Of many configurations the best by validation are drawn. The baseline's median is a line.

    Args:
        found: The configurations.
        baseline: The label of the one that the others are compared with.
        path: A file that ends in .png, .svg or .pdf.
        title: What the errors are: "MAE", "search perplexity".

    Returns:
        Whether there was anything to draw.
    """
    check_plot_path(path)
    split = compared_on(found)
    base = next((one for one in found if one.label == baseline), None)
    drawn = [one for one in best_of(found, base) if one.errors(split)]
    if not drawn:
        return False
    with figure_to(path, WIDTH_INCHES, HEAD_INCHES + ROW_INCHES * len(drawn)) as figure:
        axes = figure.add_subplot()
        for row, one in enumerate(drawn):
            errors = one.errors(split)
            colour = COLOURS[1] if one is base else COLOURS[0]
            axes.plot(errors, [row] * len(errors), "o", color=colour, markersize=4, alpha=0.5)
            axes.plot(median(errors), row, "|", color=colour, markersize=14, markeredgewidth=2)
        if base is not None and (middle := base.median(split)) is not None:
            axes.axvline(middle, color=RIVAL_COLOUR, linestyle=":", linewidth=1, zorder=0)
        labels = [printable(one.label)[:LONGEST_LABEL] for one in drawn]
        axes.set_yticks(range(len(drawn)), labels, fontsize=8)
        axes.set_ylim(len(drawn) - 0.5, -0.5)
        axes.set_xlabel(f"{split} {title} of the best of each run, which validation chose")
        axes.set_title("A dot for each repeat, a mark at the median", fontsize=10)
        axes.grid(axis="x", alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    return True
