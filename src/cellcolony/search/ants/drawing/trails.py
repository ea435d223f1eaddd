"""What of a colony is drawn: its nodes, and the edges on which its pheromone lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.drawing.sketch import Edge
from cellcolony.networks.genome import Node
from cellcolony.search.ants.bounds import FIXED
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.drawing.pheromone import Pheromone
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.search.ants.superstructure import Superstructure

MOST_NODES = 40
"""Nodes of a layer, of which the strongest are drawn."""
MOST_HINTS = 1500
"""Forward edges that are hinted at; where there are more, none is."""


class Ways(NamedTuple):
    """Edges that ants may walk, one for each pair of nodes.

    Attributes:
        rows: `(n, 3)`: source, target, time skip.
        tau: `(n,)`, their pheromone.
    """

    rows: NDArray[np.integer]
    tau: NDArray[np.float64]


@dataclass(frozen=True)
class Trails:
    """What is drawn.

    Attributes:
        layers: The inputs, the hidden layers, the outputs; a hidden node's cell is its favourite.
        edges: The strongest of the edges that stand out, and the other forward edges where all find
            room; a weight is an edge's pheromone.
        hints: The other forward edges between these nodes, or nothing where they are very many.
        start: The pheromone from the start to each input.
        shares: Of each hidden node, each cell's part of the pheromone.
        skips: Of each pair of nodes with a recurrent edge that is drawn, the pheromone of every
            time skip.
        n_ways: How many forward edges there are, and how many pairs with recurrent ones.
        n_standing_out: How many of each stand out.
        n_hidden_away: How many nodes are not drawn.
    """

    layers: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]
    hints: tuple[Edge, ...]
    start: Mapping[int, float]
    shares: Mapping[int, tuple[float, ...]]
    skips: Mapping[tuple[int, int], tuple[float, ...]]
    n_ways: tuple[int, int]
    n_standing_out: tuple[int, int]
    n_hidden_away: int


def scale_of(colony: Colony, settings: AntSwarm) -> Pheromone:
    """Return the scale on which a colony's pheromone is drawn."""
    tau = colony.pheromones
    ways = np.concatenate([tau.start, tau.edges, tau.recurrent])
    strongest, start = float(ways.max()), settings.initial_pheromone
    if settings.bounds == FIXED:
        return Pheromone(settings.pheromone_floor, start, settings.pheromone_cap, strongest)
    return Pheromone(float(ways.min()), start, strongest, strongest, is_fixed=False)


def trails(colony: Colony, jumping: bool, scale: Pheromone, most: tuple[int, int]) -> Trails:
    """Choose what of a colony is drawn.

    Args:
        colony: The colony.
        jumping: Whether ants may pass over layers; where not, edges that do are no choice.
        scale: Says what stands out.
        most: Of how many forward edges, and of how many recurrent ones, the strongest are drawn.
    """
    structure = colony.layout.structure
    forward = _forward(structure, colony.pheromones.edges, jumping)
    recurrent, by_skip = _recurrent(structure, colony.pheromones.recurrent)
    shown = _strongest_nodes(colony, forward, recurrent)
    drawn, others = _strongest(forward, shown, scale, most[0])
    drawn_back, _ = _strongest(recurrent, shown, scale, most[1])
    if len(drawn) + len(others) <= most[0]:
        drawn, others = drawn + others, ()
    shares = colony.pheromones.cells / colony.pheromones.cells.sum(axis=1, keepdims=True)
    return Trails(
        layers=_layers(colony, shares, shown),
        edges=(*drawn, *drawn_back),
        hints=others if len(others) <= MOST_HINTS else (),
        start=dict(enumerate(colony.pheromones.start.tolist())),
        shares={structure.n_inputs + i: tuple(row) for i, row in enumerate(shares.tolist())},
        skips={(s, t): tuple(by_skip[s, t].tolist()) for s, t, *_ in drawn_back},
        n_ways=(len(forward.tau), len(recurrent.tau)),
        n_standing_out=(_n_standing_out(forward, scale), _n_standing_out(recurrent, scale)),
        n_hidden_away=int((~shown).sum()),
    )


def _forward(structure: Superstructure, tau: NDArray[np.float64], jumping: bool) -> Ways:
    source, target = structure.edges.T
    may = (structure.layer[target] - structure.layer[source] == 1) | jumping
    rows = np.column_stack([source, target, np.zeros_like(source)])
    return Ways(rows[may], tau[may])


def _recurrent(
    structure: Superstructure, tau: NDArray[np.float64]
) -> tuple[Ways, NDArray[np.float64]]:
    """Return the strongest time skip of each pair, and all: `(n_nodes, n_nodes, max_skip)`."""
    by_skip = np.zeros((structure.n_nodes, structure.n_nodes, structure.max_skip))
    if structure.max_skip == 0:
        return Ways(np.zeros((0, 3), np.int64), np.zeros(0)), by_skip
    source, target, skip = structure.recurrent_edges.T
    by_skip[source, target, skip - 1] = tau
    source, target = np.nonzero(by_skip[:, :, 0])
    of_pair = by_skip[source, target]  # (n_pairs, max_skip)
    rows = np.column_stack([source, target, of_pair.argmax(axis=1) + 1])
    return Ways(rows, of_pair.max(axis=1)), by_skip


def _strongest_nodes(colony: Colony, *ways: Ways) -> NDArray[np.bool_]:
    """Return which nodes are drawn, `(n_nodes,)`: the strongest of each layer."""
    structure = colony.layout.structure
    strength = np.zeros(structure.n_nodes)
    strength[: structure.n_inputs] = colony.pheromones.start
    for rows, tau in ways:
        np.maximum.at(strength, rows[:, 0], tau)
        np.maximum.at(strength, rows[:, 1], tau)
    shown = np.zeros(structure.n_nodes, bool)
    for layer in range(structure.output_layer + 1):
        members = np.flatnonzero(structure.layer == layer)
        shown[members[np.argsort(-strength[members], kind="stable")[:MOST_NODES]]] = True
    return shown


def _strongest(
    ways: Ways, shown: NDArray[np.bool_], scale: Pheromone, most: int
) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    """Return the edges between nodes that are drawn: the strongest that stand out, and the rest."""
    between = shown[ways.rows[:, 0]] & shown[ways.rows[:, 1]]
    rows, tau = ways.rows[between], ways.tau[between]
    order = np.argsort(-tau, kind="stable")
    edges = [
        Edge(source, target, skip, weight)
        for (source, target, skip), weight in zip(rows.tolist(), tau.tolist(), strict=True)
    ]
    n_drawn = min(most, sum(map(scale.stands_out, tau.tolist())))
    ranked = tuple(edges[i] for i in order)
    return ranked[:n_drawn], ranked[n_drawn:]


def _n_standing_out(ways: Ways, scale: Pheromone) -> int:
    return sum(map(scale.stands_out, ways.tau.tolist()))


def _layers(
    colony: Colony, shares: NDArray[np.float64], shown: NDArray[np.bool_]
) -> tuple[tuple[Node, ...], ...]:
    structure, cells = colony.layout.structure, colony.layout.cells
    hidden = [
        structure.hidden_node(row, cells[favourite])
        for row, favourite in enumerate(shares.argmax(axis=1))
    ]
    nodes = [*structure.input_nodes, *hidden, *structure.output_nodes(colony.layout.output_cell)]
    return tuple(
        tuple(node for node in nodes if shown[node.id] and structure.layer[node.id] == layer)
        for layer in range(structure.output_layer + 1)
    )
