"""Plot how the errors of each configuration are distributed over its repeats."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from statistics import median

from cellcolony.report.battery.configurations import best_of
from cellcolony.report.size_plot import COLOURS, RIVAL_COLOUR, check_plot_path
from cellcolony.runs.battery.standing import Standing
from cellcolony.runs.directory import write_file
from cellcolony.wording import printable

LONGEST_LABEL = 200
"""Characters of a configuration's label that are drawn."""
ROW_INCHES, HEAD_INCHES, WIDTH_INCHES = 0.25, 1.2, 8.0


def plot_battery(
    found: Sequence[Standing], baseline: str | None, path: Path, split: str = "test"
) -> bool:
    """Write a plot, over what stands there: a dot for each repeat, a mark at the median.

    Of many configurations the best by validation are drawn. The baseline's median is a line.

    Args:
        found: The configurations.
        baseline: The label of the one that the others are held against.
        path: A file that ends in .png, .svg or .pdf.
        split: Whose errors are drawn: "valid" or "test".

    Returns:
        Whether there was anything to draw.
    """
    import matplotlib

    check_plot_path(path)
    base = next((one for one in found if one.label == baseline), None)
    drawn = [one for one in best_of(found, base) if one.errors(split)]
    if not drawn:
        return False
    with matplotlib.rc_context({"svg.hashsalt": "cellcolony", "text.parse_math": False}):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        size = (WIDTH_INCHES, HEAD_INCHES + ROW_INCHES * len(drawn))
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
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
        axes.set_xlabel(f"{split} MAE of the best network, which validation chose")
        axes.set_title("A dot for each repeat, a mark at the median", fontsize=10)
        axes.grid(axis="x", alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        picture, form = BytesIO(), path.suffix.removeprefix(".").lower()
        metadata = {"Date": None} if form == "svg" else None
        figure.savefig(picture, format=form, dpi=150, metadata=metadata)
    write_file(path, picture.getvalue())
    return True
