"""Which columns matter: what the best network's error rises by without each, and without lags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.networks.genome import Network
from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock, bars
from cellcolony.report.sections import section
from cellcolony.runs.importance.reliance import FROZEN, LAG, SHUFFLED, UNPLUGGED, Reliance
from cellcolony.runs.result import Result
from cellcolony.runs.stages.importance import ImportanceStage
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import count, name, number, share

MOST_NAMED = 40
"""Columns that a sentence names."""


@section("columns", "Which columns matter", order=35, on=("page", "why"))
def columns(result: Result) -> list[Block]:
    """Return a table of columns, one of lags, and which columns can be unplugged."""
    if not isinstance(result.facts, ForecastFacts):
        return []
    kinds = {
        kind: [one for one in result.importance if one.kind == kind]
        for kind in (SHUFFLED, LAG, FROZEN, UNPLUGGED)
    }
    if not kinds[SHUFFLED]:
        return []
    network = result.chosen.network
    blocks: list[Block] = [Paragraph(_about(result), "pale")]
    blocks.append(columns_table(result, network, kinds[SHUFFLED]))
    blocks += [Paragraph(line, "remark") for line in _of_reading(network, kinds[SHUFFLED])]
    if kinds[FROZEN]:
        blocks.append(frozen_table(result, kinds[FROZEN]))
    blocks.append(Paragraph(unplugging(result, kinds[UNPLUGGED])))
    if kinds[LAG]:
        blocks += [lags_table(result, network, kinds[LAG]), Paragraph(_of_lags(), "remark")]
    return blocks


def _about(result: Result) -> str:
    targets, inputs = result.facts.targets, result.transform.inputs
    several = ", in the mean over the targets" if len(targets) > 1 else ""
    about = (
        f"By how much the validation {result.measure.title} of network {result.chosen.number} "
        f"rises{several} when a column is shuffled over time, in blocks, and all else stays as it "
        "is. The test split is not looked at. Where two columns say the same, each looks less "
        "important than both are together."
    )
    if result.config.training.residual and not set(targets).isdisjoint(inputs):
        about += " A target's last value, which the forecast is added to, is not shuffled with it."
    return about


def columns_table(result: Result, network: Network, found: Sequence[Reliance]) -> TableBlock:
    """Return the table of all columns that were shuffled, those that matter most first."""
    shuffled = [one for one in found if one.relative is not None]
    n_edges = edges_of(network)
    cells: dict[Column | str, list[str]] = {
        Column("column", "name"): [one.column for one in shuffled],
        **_rises(result, shuffled),
        "edges": [f"{sum(n_edges.get(one.column, {}).values()):,}" for one in shuffled],
    }
    return TableBlock.of(cells, "Shuffled over time")


def lags_table(result: Result, network: Network, found: Sequence[Reliance]) -> TableBlock:
    """Return the table of the (column, lag) that matter most."""
    n_edges = edges_of(network)
    n_pairs = sum(map(len, n_edges.values()))
    cells: dict[Column | str, list[str]] = {
        Column("column", "name"): [one.column for one in found],
        "lag": [f"{one.lag or 0:,}" for one in found],
        **_rises(result, found),
        "edges": [f"{n_edges.get(one.column, {}).get(one.lag or 0, 0):,}" for one in found],
    }
    most = f", the {len(found)} that matter most of {n_pairs:,}" if n_pairs > len(found) else ""
    return TableBlock.of(cells, f"Columns by lag{most}")


def frozen_table(result: Result, found: Sequence[Reliance]) -> TableBlock:
    """Return the table of what happens when a sensor is unplugged, each alone."""
    error = result.error("valid")
    cells: dict[Column | str, list[str]] = {
        Column("column", "name"): [one.column for one in found],
        **_rises(result, found),
    }
    if error is not None:
        cells[f"{result.measure.title} then"] = [
            number(None if one.rise is None else error + one.rise) for one in found
        ]
    return TableBlock.of(cells, "Unplugged: frozen at its mean on the training rows, each alone")


def _rises(result: Result, found: Sequence[Reliance]) -> dict[Column | str, list[str]]:
    shares = [0.0 if one.relative is None else one.relative for one in found]
    return {
        f"{result.measure.title} rises by": [number(one.rise) for one in found],
        Column("", "bar"): bars(shares),
        "in %": [share(one.relative) for one in found],
    }


def edges_of(network: Network) -> dict[str, dict[int, int]]:
    """Return how many edges read each column at each lag; columns that are not read are left out.

    An edge within a step reads at lag 0, a recurrent one at its time skip.
    """
    names = {node.id: node.name for node in network.inputs if node.id in network.live}
    n_edges = len(network.edges)
    both = np.concatenate(
        [np.insert(network.edges, 2, 0, axis=1), network.recurrent_edges]
    )  # (n_edges + n_recurrent, 3): source, target, lag
    used = both[network.live_weights[: n_edges + len(network.recurrent_edges)]]
    found: dict[str, dict[int, int]] = {}
    for source, _, lag in used.tolist():
        if source in names:
            of_column = found.setdefault(names[source], {})
            of_column[lag] = of_column.get(lag, 0) + 1
    return found


def _of_reading(network: Network, found: Sequence[Reliance]) -> list[str]:
    """Say which columns the network does not read, and which were not shuffled."""
    read = edges_of(network)
    unread = [node.name for node in network.inputs if node.name not in read]
    left = [one.column for one in found if one.relative is None]
    lines = []
    if unread:
        n = count(len(network.inputs), "column")
        lines.append(f"The network does not read {len(unread):,} of the {n}: {_listed(unread)}.")
    if left:
        lines.append(
            f"Not shuffled, as they are too many and have the smallest weights: {_listed(left)}."
        )
    return lines


def _of_lags() -> str:
    return (
        "What the edges of one time skip read from a column is held at the column's mean on the "
        "training rows; lag 0 is what is read within the step. Where a network takes the "
        "difference of two lags, each of them matters much, and both together perhaps little."
    )


def unplugging(result: Result, found: Sequence[Reliance]) -> str:
    """Say which columns can be unplugged together, and what the error is then."""
    stage = result.config.stage("importance")
    allowed = stage.tolerance if isinstance(stage, ImportanceStage) else ImportanceStage().tolerance
    if not found:
        return (
            f"None of the columns that it reads can be unplugged at a loss of {100 * allowed:g} %."
        )
    last, title = found[-1], f"validation {result.measure.title}"
    error, n_read = result.error("valid"), len(edges_of(result.chosen.network))
    change = f" by {share(last.relative)}"
    if error is not None and last.rise is not None:
        change += f", from {number(error)} to {number(error + last.rise)}"
    return (
        f"{len(found):,} of the {count(n_read, 'column')} that it reads can be unplugged at a loss "
        f"of at most {100 * allowed:g} %: {_listed([one.column for one in found])}. With all of "
        f"them held at their means on the training rows, the {title} changes{change}."
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(name(column) for column in columns[:MOST_NAMED])
    left = len(columns) - MOST_NAMED
    return f"{shown} and {left:,} more" if left > 0 else shown
