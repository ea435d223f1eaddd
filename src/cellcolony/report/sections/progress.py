"""The loss of every network, the best so far, and how decided the search was."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from cellcolony.errors import ConfigError, RunError
from cellcolony.report.blocks import Paragraph, Picture
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.runs import directory
from cellcolony.runs.journal import LOSS, read_journal
from cellcolony.runs.result import Result
from cellcolony.toml_table import SHARE, TomlTable
from cellcolony.wording import count, number

HEIGHT = 320
ENTROPY_HEIGHT, BETWEEN = 90, 22
"""Of the entropy beneath the loss, and the room above it."""
WIDEST_LOW = 0.9
"""The entropy's axis begins here or lower, so that a small change looks small."""
MOST_DOTS = 2000
"""Networks that are drawn; of more, evenly spread ones, and all that were the best so far."""
OUTLIERS = 0.02
"""The share of networks that may lie above the chart, at its upper edge."""


class Judged(NamedTuple):
    """A network that was judged, in the order in which they were done.

    Attributes:
        number: The candidate's number.
        loss: Its validation loss in scaled units; None for a failure.
        entropy: How even the search's choices were by then, 1 for uniform and 0 for decided; None
            for a search that does not say.
    """

    number: int
    loss: float | None
    entropy: float | None = None


def history(run: Path) -> list[Judged]:
    """Return what was judged in a run, in order of arrival.

    Raises:
        RunError: A line of the journal is invalid.
    """
    judged, entropy = [], None
    for line in read_journal(run / directory.JOURNAL):
        table = TomlTable(line, f"{run / directory.JOURNAL}, network {line['number']}")
        try:
            if line["event"] == "asked":
                entropy = table.table("how").take("entropy", SHARE, entropy)
            else:
                judged.append(Judged(line["number"], table.take("loss", LOSS, None), entropy))
        except ConfigError as error:
            raise RunError(str(error)) from error
    return judged


@section("progress", "Progress", order=40, on=("page",))
def progress(result: Result) -> list[Picture | Paragraph]:
    """Return the chart of a run that has a directory."""
    return [] if result.path is None else [progress_chart(history(result.path))]


def progress_chart(judged: list[Judged]) -> Picture | Paragraph:
    """Return the chart with its legend, or say that there is nothing to draw."""
    losses = [(place, one.loss) for place, one in enumerate(judged, 1) if one.loss is not None]
    if not losses:
        return Paragraph("No network could be trained.")
    values = [max(loss, 1e-12) for _, loss in losses]
    best = np.minimum.accumulate(values)
    records = [i for i in range(len(best)) if i == 0 or best[i] < best[i - 1]]
    low, high = padded([min(values), max(float(np.quantile(values, 1 - OUTLIERS)), best[0])], True)
    step = -(-len(losses) // MOST_DOTS)
    shown = sorted({*range(0, len(losses), step), *records})
    entropies = _entropies(judged)
    lower = ENTROPY_HEIGHT + BETWEEN if entropies else 0

    def draw(width: int) -> list[Panel]:
        x = across(0, len(judged) + 1, width)
        panel = Panel(x, Scale(low, high, HEIGHT - BOTTOM, TOP, log=True))
        panel.axes("" if entropies else "networks done", "validation loss, scaled")
        for i in shown:
            place, loss = losses[i][0], min(values[i], high)
            told = f"network {judged[place - 1].number}: {number(values[i])}"
            panel.dot(place, loss, "dot", told, 2.6)
        steps = [(losses[i][0], float(best[i])) for i in records]
        panel.steps([*steps, (len(judged), float(best[-1]))], "best")
        return [panel, *_entropy_panel(entropies, x)]

    n_failed = len(judged) - len(losses)
    told = f"{count(len(judged), 'network')}; best loss {number(float(best[-1]))}"
    keys = [("dot", "a network"), ("best", "the best so far")]
    if entropies:
        told += f"; entropy of the choices {entropies[-1][1]:.3f}"
        keys.append(("entropy", "entropy of the ants' choices: 1 even, 0 decided"))
    n_above = sum(value > high for value in values)
    remarks = [
        f"{count(n_above, 'network')} above the chart, drawn at its edge." if n_above else "",
        f"{count(n_failed, 'network')} failed." if n_failed else "",
    ]
    return chart(told, HEIGHT + lower, draw, keys, " ".join(filter(None, remarks)))


def _entropies(judged: list[Judged]) -> list[tuple[float, float]]:
    """Return place and entropy, thinned where networks are very many; the last one stays."""
    known = [
        (float(place), one.entropy)
        for place, one in enumerate(judged, 1)
        if one.entropy is not None
    ]
    step = -(-len(known) // MOST_DOTS) or 1
    return known[:-1][::step] + known[-1:]


def _entropy_panel(entropies: list[tuple[float, float]], x: Scale) -> list[Panel]:
    """Return the entropy over the same networks as the loss above it; nothing without one."""
    if not entropies:
        return []
    low = min(WIDEST_LOW, padded([value for _, value in entropies])[0])
    bottom = HEIGHT - BOTTOM + BETWEEN + ENTROPY_HEIGHT
    panel = Panel(x, Scale(max(low, 0.0), 1.0, bottom, bottom - ENTROPY_HEIGHT))
    panel.axes("networks done", "entropy")
    panel.line(entropies, "entropy")
    return [panel]
