"""The panel of learning curves: the validation measure of final trainings, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from cellcolony.report.plots.style import (
    RIVAL_COLOUR,
    RIVAL_LINES,
    coloured,
    logarithmic_y,
    plain_axes,
    whole_numbers,
)
from cellcolony.report.sections.curves import Curve, curves_of
from cellcolony.runs.comparison import Group
from cellcolony.wording import name


def draw_curves(axes: Axes, groups: Sequence[Group]) -> None:
    """Draw the final trainings of each run's own model, and those of the first run's rivals.

    The best epoch of each is marked.

    Raises:
        RunError: The curve of a training is damaged.
    """
    for colour, run in coloured(groups):
        for curve in curves_of(run):
            if curve.is_ours:
                _draw(axes, curve, colour, "-", None)
    run = groups[0].runs[0]
    styles: dict[str, object] = {}
    for curve in curves_of(run):
        if not curve.is_ours:
            label = None if curve.model in styles else name(curve.model)
            style = styles.setdefault(curve.model, RIVAL_LINES[len(styles) % len(RIVAL_LINES)])
            _draw(axes, curve, RIVAL_COLOUR, style, label)
    logarithmic_y(axes)
    whole_numbers(axes)
    plain_axes(
        axes, "Final trainings; marked: the epoch that is kept", "epoch",
        f"validation {run.measure.title}",
    )  # fmt: skip


def _draw(axes: Axes, curve: Curve, colour: str, style: object, label: str | None) -> None:
    if curve.points and curve.epochs[-1].failure is None:
        axes.plot(
            *zip(*curve.points, strict=True), color=colour, linestyle=style, linewidth=1.1,
            alpha=0.85, label=label,
        )  # fmt: skip
        axes.plot(*min(curve.points, key=lambda p: p[1]), "o", color=colour, markersize=4)
