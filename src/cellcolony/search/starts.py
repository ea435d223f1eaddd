"""Networks of another search, put onto the columns of this one, by their names."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from cellcolony import cells
from cellcolony.contract import Problem, Start
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.builders import draw_weights
from cellcolony.networks.genome import Network, Node

MOST_NAMED = 5
"""Columns that an error names."""


def network_of_start(
    start: Start, problem: Problem, known_cells: Collection[str], rng: np.random.Generator
) -> Network:
    """Return a given network as one for a problem, with its weights.

    Columns are told by their names, in whatever order they stand. An input that the network does
    not read may be missing here, and one that it does not have is there without an edge. What
    reaches no output is left out. Weights stay as they are: they are in scaled units, those of the
    data that they were trained on.

    Args:
        start: The network.
        problem: The columns, and what outputs compute.
        known_cells: What hidden nodes may compute.
        rng: Draws the weights of a network that has none.

    Raises:
        ConfigError: It reads other columns, forecasts others, or computes another cell.
    """
    network = start.genome
    assert isinstance(network, Network)
    network = network if network.weights is not None else draw_weights(network, rng)
    try:
        live = network.live
    except GenomeError as error:
        raise ConfigError(f"{start.origin} cannot be started from: {error}") from error
    _check_outputs(start, network, problem)
    n_edges = len(network.edges) + len(network.recurrent_edges)
    edges = [
        (source, target, skip, place)
        for place, (source, target, skip) in enumerate(network.edge_keys)
        if network.live_weights[place]
    ]
    read = {source for source, *_ in edges}
    inputs = [node for node in network.inputs if node.id in read]
    missing = [node.name for node in inputs if node.name not in problem.inputs]
    if missing:
        raise ConfigError(
            f"{start.origin} reads {_named(missing)}, which the search does not: its inputs are "
            f"{_named(problem.inputs)}. Networks are taken over by the names of columns: add those "
            "to the inputs, rename columns, or start from a network that does not read them."
        )
    hidden = [node for node in network.nodes if node.kind == "hidden" and node.id in live]
    for node in hidden:
        if node.cell not in known_cells:
            raise ConfigError(
                f"{start.origin} has nodes of the cell {node.cell!r}, which the search does not "
                f"know: its cells are {', '.join(known_cells)}. Add it to --cells."
            )
    place_of = {node.id: problem.inputs.index(node.name) for node in inputs}
    n_inputs, n_seed = len(problem.inputs), len(problem.inputs) + len(problem.outputs)
    place_of |= {node.id: n_inputs + problem.outputs.index(node.name) for node in network.outputs}
    place_of |= {node.id: n_seed + i for i, node in enumerate(hidden)}
    depth_of = {node.name: node.depth for node in inputs}
    outputs = sorted(network.outputs, key=lambda node: place_of[node.id])
    nodes = (
        *(Node(i, "input", depth_of.get(name, 0.0), "", name)
          for i, name in enumerate(problem.inputs)),
        *(node._replace(id=place_of[node.id]) for node in (*hidden, *outputs)),
    )  # fmt: skip
    assert network.weights is not None
    within = [edge for edge in edges if edge[3] < len(network.edges)]
    back = [edge for edge in edges if len(network.edges) <= edge[3] < n_edges]
    weights = [network.weights[place] for *_, place in (*within, *back)]
    for node in (*hidden, *outputs):
        at = network.cell_offsets[node.id]
        weights.extend(network.weights[at : at + len(cells.get(node.cell).weights())])
    return Network(
        nodes,
        np.array([(place_of[a], place_of[b]) for a, b, *_ in within], np.int32).reshape(-1, 2),
        np.array([(place_of[a], place_of[b], k) for a, b, k, _ in back], np.int32).reshape(-1, 3),
        np.array(weights, np.float32),
    )


def _check_outputs(start: Start, network: Network, problem: Problem) -> None:
    names = [node.name for node in network.outputs]
    if sorted(names) != sorted(problem.outputs):
        raise ConfigError(
            f"{start.origin} forecasts {_named(names)}, and the search {_named(problem.outputs)}. "
            "Start from a network of the same targets, told by the names of columns."
        )
    for node in network.outputs:
        if node.cell != problem.output_cell:
            raise ConfigError(
                f"The outputs of {start.origin} compute {node.cell!r}, and those of the search "
                f"{problem.output_cell!r}. Train by the protocol that it was trained by, or start "
                "from another network."
            )


def _named(names: Sequence[str]) -> str:
    named = ", ".join(repr(name[:60]) for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{named}{more}"
