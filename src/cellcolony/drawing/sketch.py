"""What of a network is drawn: its nodes in layers, its edges, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cellcolony.networks.genome import Network, Node

MOST_LAYERS = 10
"""Hidden layers by depth; where there are more depths, layers are counted along the edges."""
MOST_COLUMNS = 100
"""Hidden layers that are drawn; of more, neighbours stand in one."""
MOST_EDGES = 5_000
"""Edges that are drawn; of more, the heaviest."""
MOST_UNREAD = 12
"""Unread inputs that are shown one by one."""


class Edge(NamedTuple):
    """One edge that is drawn.

    Attributes:
        source: The id of the node that it leaves.
        target: The id of the node that it enters.
        skip: The time skip, 0 within a step.
        weight: The weight, or None if the network has none.
    """

    source: int
    target: int
    skip: int
    weight: float | None


@dataclass(frozen=True)
class Sketch:
    """What is drawn.

    Attributes:
        layers: The inputs, hidden nodes from shallow to deep, the outputs. What reaches no output,
            or no input reaches, is left out; inputs that are not read come last in their layer.
        edges: The edges between these nodes.
        unread: The ids of the inputs that are shown and not read.
        n_unread: How many inputs are not read, shown or not.
        n_dead_nodes: How many hidden nodes are left out.
        n_dead_edges: How many edges are left out with them.
        n_light_edges: How many forward edges and how many recurrent ones are left out because there
            are too many.
    """

    layers: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]
    unread: frozenset[int]
    n_unread: int
    n_dead_nodes: int
    n_dead_edges: int
    n_light_edges: tuple[int, int] = (0, 0)


def sketch(network: Network) -> Sketch:
    """Choose what of a network is drawn.

    Raises:
        GenomeError: An output is reached by no input.
    """
    live = network.live
    both = [(s, t, 0) for s, t in network.edges.tolist()]
    both += [(s, t, skip) for s, t, skip in network.recurrent_edges.tolist()]
    weights = (
        [None] * len(both) if network.weights is None else network.weights[: len(both)].tolist()
    )
    used = tuple(
        Edge(s, t, skip, weight)
        for (s, t, skip), weight in zip(both, weights, strict=True)
        if s in live and t in live
    )
    edges = _heaviest(used)
    read = tuple(node for node in network.inputs if node.id in live)
    unread = tuple(node for node in network.inputs if node.id not in live)
    shown = unread[:MOST_UNREAD]
    hidden = [node for node in network.nodes if node.kind == "hidden"]
    drawn = [node for node in hidden if node.id in live]
    layers = (read + shown, *_hidden_layers(drawn, used), network.outputs)
    n_recurrent = [sum(edge.skip > 0 for edge in some) for some in (used, edges)]
    n_light_back = n_recurrent[0] - n_recurrent[1]
    return Sketch(
        layers=layers,
        edges=edges,
        unread=frozenset(node.id for node in shown),
        n_unread=len(unread),
        n_dead_nodes=len(hidden) - len(drawn),
        n_dead_edges=len(both) - len(used),
        n_light_edges=(len(used) - len(edges) - n_light_back, n_light_back),
    )


def _heaviest(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Return the edges that are drawn, in their order."""
    if len(edges) <= MOST_EDGES:
        return edges
    by_weight = sorted(range(len(edges)), key=lambda i: -abs(edges[i].weight or 0.0))
    return tuple(edges[i] for i in sorted(by_weight[:MOST_EDGES]))


def _hidden_layers(hidden: list[Node], edges: tuple[Edge, ...]) -> list[tuple[Node, ...]]:
    layer_of: dict[int, float] = {node.id: node.depth for node in hidden}
    if len(set(layer_of.values())) > MOST_LAYERS:
        layer_of = _along_edges(hidden, edges)
    if (n_layers := len(set(layer_of.values()))) > MOST_COLUMNS:
        place = {layer: i for i, layer in enumerate(sorted(set(layer_of.values())))}
        layer_of = {
            node: place[layer] * MOST_COLUMNS // n_layers for node, layer in layer_of.items()
        }
    return [
        tuple(node for node in hidden if layer_of[node.id] == layer)
        for layer in sorted(set(layer_of.values()))
    ]


def _along_edges(hidden: list[Node], edges: tuple[Edge, ...]) -> dict[int, float]:
    """Count how many forward edges lead, on the longest path, from hidden node to hidden node."""
    sources: dict[int, list[int]] = {node.id: [] for node in hidden}
    for edge in edges:
        if edge.skip == 0 and edge.source in sources and edge.target in sources:
            sources[edge.target].append(edge.source)
    layer_of: dict[int, float] = {}
    for node in sorted(hidden, key=lambda node: node.depth):
        layer_of[node.id] = 1 + max((layer_of[s] for s in sources[node.id]), default=-1)
    return layer_of
