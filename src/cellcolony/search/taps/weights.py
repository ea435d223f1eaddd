"""The weights that training starts from: drawn, fitted where outputs read taps, or a parent's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.contract import LinearStart, Problem
from cellcolony.networks.builders import draw_weights
from cellcolony.networks.genome import Network
from cellcolony.search.taps.blueprint import Blueprint

BESIDE_LINEAR = 0.1
"""By how much smaller weights into outputs are drawn beside a fitted linear model: at first it
alone speaks."""
NEW_EDGE = 0.3
"""By how much smaller the weights of new edges into hidden nodes are drawn."""
LIMIT = 10.0
"""The largest weight: as far as the usual protocols let weights go."""


def first_weights(
    blueprint: Blueprint, problem: Problem, start: LinearStart | None, rng: np.random.Generator
) -> Network:
    """Return the network of a blueprint with weights of its own.

    Args:
        blueprint: What it is made of.
        problem: The columns.
        start: The linear model whose weights the direct edges get; those of other taps are 0.
        rng: Draws all other weights.
    """
    network = draw_weights(blueprint.network(problem), rng)
    n_inputs = len(problem.inputs)
    into_outputs = range(n_inputs, n_inputs + len(problem.outputs))
    fitted = {} if start is None else dict(zip(start.taps, start.weights, strict=True))
    weights = _copied(network)
    for place, (source, target, skip) in enumerate(network.edge_keys):
        if target not in into_outputs:
            continue
        if source < n_inputs:
            own = fitted.get((source, skip))
            weights[place] = 0.0 if own is None else own[target - n_inputs]
        elif start is not None:
            weights[place] *= BESIDE_LINEAR
    if start is not None:
        for output, bias in zip(into_outputs, start.bias, strict=True):
            weights[network.cell_offsets[output]] = bias
    return network.with_weights(np.clip(weights, -LIMIT, LIMIT))


def inherited(
    blueprint: Blueprint, problem: Problem, parent: Network, rng: np.random.Generator
) -> Network:
    """Return the network of a blueprint with its parent's weights, as far as it has the same edges.

    What is new says little at first: new edges into outputs are 0, those into hidden nodes small.
    Nodes of another cell draw its own weights anew.
    """
    network = draw_weights(blueprint.network(problem), rng)
    known = _by_key(parent)
    n_inputs = len(problem.inputs)
    into_outputs = range(n_inputs, n_inputs + len(problem.outputs))
    weights = _copied(network)
    for place, key in enumerate(network.edge_keys):
        own = known.get(key)
        if own is not None:
            weights[place] = own
        else:
            weights[place] *= 0.0 if key[1] in into_outputs else NEW_EDGE
    before = {node.id: node.cell for node in parent.nodes}
    assert parent.weights is not None
    for node in network.nodes:
        if node.kind != "input" and before.get(node.id) == node.cell:
            n = len(cells.get(node.cell).weights())
            at, was = network.cell_offsets[node.id], parent.cell_offsets[node.id]
            weights[at : at + n] = parent.weights[was : was + n]
    return network.with_weights(weights)


def _by_key(network: Network) -> Mapping[tuple[int, int, int], float]:
    assert network.weights is not None
    return dict(zip(network.edge_keys, network.weights.tolist(), strict=False))


def _copied(network: Network) -> NDArray[np.float32]:
    assert network.weights is not None
    return network.weights.copy()
