"""The loss of every network, and the best so far."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from cellcolony.report.html.chart import BOTTOM, TOP, Panel, across, chart, legend
from cellcolony.report.html.elements import paragraph
from cellcolony.report.html.scale import Scale, padded
from cellcolony.report.wording import count, number
from cellcolony.runs import directory
from cellcolony.runs.journal import read_journal

HEIGHT = 320
MOST_DOTS = 2000
"""Networks that are drawn; of more, evenly spread ones, and all that were the best so far."""
OUTLIERS = 0.02
"""The share of networks that may lie above the chart, at its upper edge."""


class Judged(NamedTuple):
    """A network that was judged, in the order in which they were done.

    Attributes:
        number: The candidate's number.
        loss: Its validation loss in scaled units; None for a failure.
    """

    number: int
    loss: float | None


def history(run: Path) -> list[Judged]:
    """Return what was judged in a run, in order of arrival."""
    lines = read_journal(run / directory.JOURNAL)
    return [Judged(line["number"], line.get("loss")) for line in lines if line["event"] == "done"]


def progress_chart(judged: list[Judged]) -> str:
    """Return the chart with its legend."""
    losses = [(place, one.loss) for place, one in enumerate(judged, 1) if one.loss is not None]
    if not losses:
        return paragraph("No network could be trained.")
    values = [max(loss, 1e-12) for _, loss in losses]
    best = np.minimum.accumulate(values)
    records = [i for i in range(len(best)) if i == 0 or best[i] < best[i - 1]]
    low, high = padded([min(values), max(float(np.quantile(values, 1 - OUTLIERS)), best[0])], True)
    step = -(-len(losses) // MOST_DOTS)
    shown = sorted({*range(0, len(losses), step), *records})

    def draw(width: int) -> list[Panel]:
        y = Scale(low, high, HEIGHT - BOTTOM, TOP, log=True)
        panel = Panel(across(0, len(judged) + 1, width), y)
        panel.axes("networks done", "validation loss, scaled")
        for i in shown:
            place, loss = losses[i][0], min(values[i], high)
            told = f"network {judged[place - 1].number}: {number(values[i])}"
            panel.dot(place, loss, "dot", told, 2.6)
        steps = [(losses[i][0], float(best[i])) for i in records]
        panel.steps([*steps, (len(judged), float(best[-1]))], "best")
        return [panel]

    n_failed = len(judged) - len(losses)
    told = f"{count(len(judged), 'network')}; best loss {number(float(best[-1]))}"
    entries = [("dot", "a network"), ("best", "the best so far")]
    parts = [chart(told, HEIGHT, draw), legend(*entries)]
    n_above = sum(value > high for value in values)
    remarks = [
        f"{count(n_above, 'network')} above the chart, drawn at its edge." if n_above else "",
        f"{count(n_failed, 'network')} failed." if n_failed else "",
    ]
    if any(remarks):
        parts.append(paragraph(" ".join(filter(None, remarks)), "remark"))
    return "\n".join(parts)
