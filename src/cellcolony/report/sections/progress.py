"""What every candidate came to, the best so far, and how decided the search was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.report.blocks import Paragraph, Picture
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, Points, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.report.status import where_of
from cellcolony.runs.history import Judged
from cellcolony.runs.result import Result
from cellcolony.wording import count, number

HEIGHT = 320
ENTROPY_HEIGHT, BETWEEN = 90, 22
"""Of the entropy beneath the loss, and the room above it."""
WIDEST_LOW = 0.9
"""The entropy's axis begins here or lower, so that a small change looks small."""
MOST_DOTS = 2000
"""Candidates that are drawn; of more, evenly spread ones, and all that were the best so far."""
OUTLIERS = 0.02
"""The share of candidates that may lie above the chart, at its upper edge."""
LEAST, MOST = 1e-12, 1e280
"""What a logarithmic axis can show."""


@section("progress", "Progress", order=40, on=("page",))
def progress(result: Result) -> list[Picture | Paragraph]:
    """Return the chart; nothing for a study that has no journal, or that searched for nothing."""
    if result.path is None or not result.history.candidates:
        return []
    return [progress_chart(result, result.history.by_arrival)]


def progress_chart(result: Result, judged: Sequence[Judged]) -> Picture | Paragraph:
    """Return the chart with its legend, or say that there is nothing to draw."""
    measure, noun = result.measure, result.noun
    of_loss = measure.of_loss or float
    found = [(i, of_loss(one.loss)) for i, one in enumerate(judged, 1) if one.loss is not None]
    if not found:
        return Paragraph(f"No {noun} could be trained.")
    places = [place for place, _ in found]
    values = [min(max(value, LEAST), MOST) for _, value in found]
    best = np.minimum.accumulate(values).tolist()
    records = [i for i in range(len(best)) if i == 0 or best[i] < best[i - 1]]
    low, high = padded([min(values), max(float(np.quantile(values, 1 - OUTLIERS)), best[0])], True)
    step = -(-len(values) // MOST_DOTS)
    shown = sorted({*range(0, len(values), step), *records})
    entropies = thinned(entropies_of(judged))
    lower = ENTROPY_HEIGHT + BETWEEN if entropies else 0

    def draw(width: int) -> list[Panel]:
        x = across(0, len(judged) + 1, width, whole=True)
        panel = Panel(x, Scale(low, high, HEIGHT - BOTTOM, TOP, log=True))
        panel.axes("" if entropies else f"{noun}s done", where_of(measure))
        for i in shown:
            told = f"{noun} {judged[places[i] - 1].number}: {number(values[i])}"
            panel.dot(places[i], min(values[i], high), "dot", told, 2.6)
        steps = [(places[i], best[i]) for i in records]
        panel.steps([*steps, (len(judged), best[-1])], "best")
        return [panel, *_entropy_panel(entropies, x, noun)]

    told = f"{count(len(judged), noun)}; best {where_of(measure)} {number(best[-1])}"
    keys = [("dot", f"a {noun}"), ("best", "the best so far")]
    if entropies:
        told += f"; entropy of the choices {entropies[-1][1]:.3f}"
        keys.append(("entropy", "entropy of the search's choices: 1 even, 0 decided"))
    n_above, n_failed = sum(value > high for value in values), len(judged) - len(values)
    remarks = [
        f"{count(n_above, noun)} above the chart, drawn at its edge." if n_above else "",
        f"{count(n_failed, noun)} failed." if n_failed else "",
    ]
    return chart(told, HEIGHT + lower, draw, keys, " ".join(filter(None, remarks)))


def entropies_of(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    """Return how even the search's choices were when candidates were done: place and entropy.

    The entropy is that with which the newest of the candidates so far was made, 1 for even choices
    and 0 for decided ones; a method need not tell any.
    """
    found, newest, entropy = [], -1, None
    for place, one in enumerate(judged, 1):
        told = one.how.get("entropy")
        if one.number > newest and isinstance(told, int | float) and 0 <= told <= 1:
            newest, entropy = one.number, float(told)
        if entropy is not None:
            found.append((float(place), entropy))
    return found


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return so many points as are drawn at most; the last one stays."""
    step = -(-len(points) // MOST_DOTS) or 1
    return points[:-1][::step] + points[-1:]


def _entropy_panel(entropies: Points, x: Scale, noun: str) -> list[Panel]:
    """Return the entropy over the same candidates as the loss above it; nothing without one."""
    if not entropies:
        return []
    low = min(WIDEST_LOW, padded([value for _, value in entropies])[0])
    bottom = HEIGHT - BOTTOM + BETWEEN + ENTROPY_HEIGHT
    panel = Panel(x, Scale(max(low, 0.0), 1.0, bottom, bottom - ENTROPY_HEIGHT))
    panel.axes(f"{noun}s done", "entropy")
    panel.line(entropies, "entropy")
    return [panel]
