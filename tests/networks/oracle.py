"""Slow and obvious: a network step by step in NumPy float64, and random networks to try it on."""

from __future__ import annotations

import numpy as np

from cellcolony import cells
from cellcolony.cells.lower.numpy import step
from cellcolony.networks.genome import Network, Node

CELLS = ("simple", "linear", "lstm", "lstm_peephole", "gru", "mgu", "ugrnn", "delta")


def run(network: Network, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return `(time, n_outputs)` for `inputs: (time, n_inputs)`; reads genome and cells alone."""
    n_steps = len(inputs)
    y = {node.id: np.zeros(n_steps) for node in network.nodes}
    states: dict = {}
    edges = [(s, t, 0) for s, t in network.edges.tolist()]
    edges += [tuple(row) for row in network.recurrent_edges.tolist()]
    into: dict = {node.id: [] for node in network.nodes}
    for weight, (source, target, skip) in zip(weights, edges, strict=False):
        into[target].append((weight, source, skip))
    computed = []
    for node in sorted(network.nodes, key=lambda n: n.depth):
        if node.kind != "input":
            cell, at = cells.get(node.cell), network.cell_offsets[node.id]
            computed.append((node, cell, weights[at : at + len(cell.weights())]))
    for t in range(n_steps):
        for i, node in enumerate(network.inputs):
            y[node.id][t] = inputs[t, i]
        for node, cell, own in computed:
            s = 0.0
            for weight, source, skip in into[node.id]:
                if t - skip >= 0:
                    s += weight * y[source][t - skip]
            before = states.get(node.id, {name: np.float64(0) for name in cell.states})
            y_before = y[node.id][t - 1] if t else 0.0
            y[node.id][t], states[node.id] = step(
                cell, own, np.float64(s), np.float64(y_before), before
            )
    return np.stack([y[node.id] for node in network.outputs], axis=1)


def random_network(
    rng: np.random.Generator,
    n_inputs: int = 3,
    n_outputs: int = 2,
    n_hidden: int = 7,
    max_skip: int = 3,
    p_edge: float = 0.3,
    p_recurrent: float = 0.15,
    of: tuple[str, ...] = CELLS,
) -> Network:
    """Draw a network with unpicked inputs, dead ends, cycles and skips; every output is reached."""
    nodes = [Node(i, "input", 0.0, "", f"column {i}") for i in range(n_inputs)]
    for i in range(n_hidden):
        depth = float(rng.integers(1, 4))
        nodes.append(Node(100 + i, "hidden", depth, str(rng.choice(of))))
    for i in range(n_outputs):
        nodes.append(Node(200 + i, "output", 4.0, str(rng.choice(of)), f"target {i}"))
    edges, recurrent = [], []
    for s in nodes:
        for t in nodes:
            if t.kind == "input":
                continue
            if s.depth < t.depth and rng.random() < p_edge:
                edges.append((s.id, t.id))
            for skip in range(1, max_skip + 1):
                if rng.random() < p_recurrent:
                    recurrent.append((s.id, t.id, skip))
    for node in nodes[n_inputs + n_hidden :]:
        edges.append((int(rng.integers(n_inputs)), node.id))
    network = Network(
        tuple(nodes),
        np.array(sorted(set(edges)), np.int32).reshape(-1, 2),
        np.array(recurrent, np.int32).reshape(-1, 3),
    )
    return network.with_weights(rng.normal(0, 0.6, network.n_all_weights))
