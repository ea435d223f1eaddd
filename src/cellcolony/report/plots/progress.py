"""The panel of progress: the best loss so far against the candidates that were judged."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from cellcolony.report.plots.style import coloured, logarithmic_y, plain_axes, whole_numbers
from cellcolony.runs.comparison import Group
from cellcolony.runs.result import Result


def draw_progress(axes: Axes, groups: Sequence[Group]) -> None:
    """Draw, for each run, the best validation loss of the candidates judged so far.

    A task whose losses tell its measure, such as perplexity, is drawn in that measure.
    """
    for colour, run in coloured(groups):
        counts, losses = best_so_far(run)
        if counts:
            axes.plot(
                counts, losses, drawstyle="steps-post", color=colour, linewidth=1.2, alpha=0.8
            )
    measure = groups[0].runs[0].measure
    what = measure.loss if measure.of_loss is None else f"validation search {measure.title}"
    logarithmic_y(axes)
    whole_numbers(axes)
    plain_axes(axes, "The best so far", "candidates judged", what)


def best_so_far(run: Result) -> tuple[list[int], list[float]]:
    """Return after how many candidates there was a better one, and its loss; the end is repeated.

    Failures count as judged.
    """
    of_loss = run.measure.of_loss or (lambda loss: loss)
    counts: list[int] = []
    losses: list[float] = []
    done = run.history.by_arrival
    for n, one in enumerate(done, 1):
        if one.loss is not None and (not losses or of_loss(one.loss) < losses[-1]):
            counts.append(n)
            losses.append(of_loss(one.loss))
    if counts and counts[-1] < len(done):
        counts.append(len(done))
        losses.append(losses[-1])
    return counts, losses
