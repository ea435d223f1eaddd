"""Given networks as contenders: a network of layers behind taps shows its blueprint again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cellcolony.contract import Problem, Start
from cellcolony.networks.genome import Network
from cellcolony.search.starts import network_of_start
from cellcolony.search.taps.blueprint import (
    MOST_LAYERS,
    WIDEST,
    Blueprint,
    Layer,
    ids_of_layer,
    network_of,
)
from cellcolony.search.taps.contender import Contender
from cellcolony.search.taps.settings import Taps
from cellcolony.search.taps.weights import inherited


class Given(NamedTuple):
    """A network that the race begins with.

    Attributes:
        origin: Where it comes from.
        contender: The network; it has no number yet.
    """

    origin: str
    contender: Contender

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        return {"origin": self.origin, **self.contender.to_dict()}

    @staticmethod
    def from_dict(data: Mapping[str, Any], problem: Problem) -> Given:
        """Read what `to_dict` wrote; it raises as `Contender.from_dict` does."""
        return Given(str(data["origin"]), Contender.from_dict(data, problem))


def given(
    starts: Iterable[Start], settings: Taps, problem: Problem, rng: np.random.Generator
) -> list[Given]:
    """Return given networks as contenders.

    One of layers behind taps is varied like any other; any other network, such as a pruned one or
    one of another method, is raced and pruned as it is.

    Args:
        starts: The networks.
        settings: Those of the search.
        problem: The columns.
        rng: Draws the weights of networks without.

    Raises:
        ConfigError: A network does not fit the search.
    """
    found = []
    for start in starts:
        network = network_of_start(start, problem, settings.cells, rng)
        blueprint = blueprint_of(network, problem)
        if blueprint is not None:
            network = inherited(blueprint, problem, _by_layers(network, problem), rng)
            blueprint = replace(blueprint, rate=start.rate)
        one = Contender(-1, network, blueprint, start.rate, epochs=start.epochs)
        found.append(Given(start.origin, one))
    return found


def blueprint_of(network: Network, problem: Problem) -> Blueprint | None:
    """Return what a network is made of; None for one that is no layers behind taps.

    Whether direct taps began as a fitted linear model is not known any more: they count as one.
    """
    layers = _layers(network)
    n_inputs = len(problem.inputs)
    if len(layers) > MOST_LAYERS or any(len(one) > WIDEST for one in layers):
        return None
    node_of = {node.id: node for node in network.nodes}
    keys, outputs = network.edge_keys, {node.id for node in network.outputs}
    made = []
    for layer in layers:
        own = set(layer)
        inner = any(a in own and b in own for a, b, _ in keys)
        made.append(Layer(node_of[layer[0]].cell, len(layer), (1,) if inner else ()))
        if any(node_of[one].cell != made[-1].cell for one in layer):
            return None
    first = set(layers[0]) if layers else set()
    taps, direct = (
        tuple(dict.fromkeys((a, skip) for a, b, skip in keys if a < n_inputs and b in targets))
        for targets in (first, outputs)
    )
    blueprint = Blueprint(tuple(made), taps, direct, from_linear=bool(direct))
    is_whole = bool(taps if layers else direct)
    same = set(blueprint.edges(problem)) == set(_by_layers(network, problem).edge_keys)
    return blueprint if is_whole and same else None


def _layers(network: Network) -> list[list[int]]:
    """Return the ids of the hidden nodes of each depth."""
    by_depth: dict[float, list[int]] = {}
    for node in network.nodes:
        if node.kind == "hidden":
            by_depth.setdefault(node.depth, []).append(node.id)
    return [by_depth[depth] for depth in sorted(by_depth)]


def _by_layers(network: Network, problem: Problem) -> Network:
    """Return the network with the ids that nodes of layers have."""
    id_of = {node.id: node.id for node in network.nodes}
    for place, layer in enumerate(_layers(network)):
        id_of |= dict(zip(layer, ids_of_layer(problem, place, len(layer)), strict=True))
    nodes = tuple(node._replace(id=id_of[node.id]) for node in network.nodes)
    edges = ((id_of[a], id_of[b], skip) for a, b, skip in network.edge_keys)
    renamed = network_of(nodes, edges)
    assert network.weights is not None
    return renamed.with_weights(network.weights)
