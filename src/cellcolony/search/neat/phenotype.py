"""From a genome to the network that it describes."""

from __future__ import annotations

import numpy as np

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network, Node
from cellcolony.search.neat.genome import Genome, Layout

CELL = "neat_sigmoid"
"""What hidden nodes compute."""
BIAS = ["b"]


def check_outputs(layout: Layout) -> None:
    """Check that a link from the bias is all that an output's cell needs.

    Raises:
        ConfigError: The cell has other weights, which no genome describes.
    """
    weights = [weight.name for weight in cells.get(layout.output_cell).weights()]
    if weights != BIAS:
        raise ConfigError(
            f"NEAT evolves the weights of links, and its output nodes may have a bias alone: "
            f"linear, simple or {CELL}. Got {layout.output_cell!r}, whose weights are "
            f"{', '.join(weights) or 'none'}."
        )


def express(genome: Genome, layout: Layout) -> Network:
    """Return the network of a genome's enabled links.

    A node reads the inputs of the same step, and what all nodes gave in the step before: a link
    from an input is an edge, one from any other node is a recurrent edge of skip 1. A link from the
    bias is the weight `b` of the node that it leads to.

    Hidden nodes compute `neat_sigmoid`, outputs the cell of the protocol, so that all methods
    forecast in the same units [ours]. What no input reaches is left out where the network is
    computed, a node with the bias alone too [ours].
    """
    on = genome.enabled
    ends, weights = genome.ends[on], genome.weights[on]
    source, target = ends.T
    is_bias, is_input = source == layout.bias, source < layout.bias
    inner = ~is_bias & ~is_input
    used = set(ends.ravel().tolist())
    nodes = [Node(i, "input", 0.0, "", name) for i, name in enumerate(layout.inputs)]
    nodes += [
        Node(id, "output", 2.0, layout.output_cell, name)
        for id, name in zip(layout.output_ids, layout.outputs, strict=True)
    ]
    nodes += [Node(id, "hidden", 1.0, CELL) for id in genome.hidden(layout) if id in used]
    biases = dict(zip(target[is_bias].tolist(), weights[is_bias].tolist(), strict=True))
    of_nodes = [biases.get(node.id, 0.0) for node in nodes if node.kind != "input"]
    return Network(
        nodes=tuple(nodes),
        edges=ends[is_input].astype(np.int32),
        recurrent_edges=np.insert(ends[inner], 2, 1, axis=1).astype(np.int32),
        weights=np.concatenate([weights[is_input], weights[inner], of_nodes]).astype(np.float32),
    )
