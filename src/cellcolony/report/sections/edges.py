"""The edges by which the best network reads columns: from where, how far back, and into what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cellcolony.drawing.labels import told_name
from cellcolony.networks.genome import Network, Node
from cellcolony.report.blocks import Block, Column, TableBlock, bars
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import number

MOST_EDGES = 24
"""Edges that are named: those with the largest weights."""


class ReadingEdge(NamedTuple):
    """An edge from a column to a node.

    Attributes:
        column: The column.
        lag: How many steps back it reads.
        into: The node that it leads to.
        weight: What the column, scaled, is multiplied by.
    """

    column: str
    lag: int
    into: Node
    weight: float


@section("edges", "The edges that read columns", order=37, on=("page", "why"))
def edges(result: Result) -> list[Block]:
    """Return the table of the edges of the largest weights; nothing where nothing was measured."""
    if not isinstance(result.facts, ForecastFacts) or not result.importance:
        return []
    every = sorted(reading_edges(result.chosen.network), key=lambda one: -abs(one.weight))
    shown = every[:MOST_EDGES]
    cells: dict[Column | str, list[str]] = {
        Column("column", "name"): [one.column for one in shown],
        "lag": [f"{one.lag:,}" for one in shown],
        Column("into", "name"): [told_name(one.into) for one in shown],
        "weight": [number(one.weight) for one in shown],
        Column("", "bar"): bars([abs(one.weight) for one in shown]),
    }
    most = f", the {len(shown)} with the largest weights" if len(every) > len(shown) else ""
    title = f"The {len(every):,} edges that read columns{most}; weights are of scaled columns"
    return [TableBlock.of(cells, title)] if shown else []


def reading_edges(network: Network) -> Iterator[ReadingEdge]:
    """Yield the edges that lead from a column to a node that can reach an output."""
    assert network.weights is not None, "the best network was trained"
    nodes = {node.id: node for node in network.nodes}
    both = np.concatenate([np.insert(network.edges, 2, 0, axis=1), network.recurrent_edges])
    places = np.flatnonzero(network.live_weights[: len(both)])
    for place in places.tolist():
        source, target, lag = both[place].tolist()
        if nodes[source].kind == "input":
            weight = float(network.weights[place])
            yield ReadingEdge(nodes[source].name, lag, nodes[target], weight)
