"""Fixed networks, the rivals of every search: layers of one cell, Elman, Jordan, feed-forward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, count, pairwise

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.cells.program import CellWeight
from cellcolony.contract import Problem
from cellcolony.networks.genome import Network, Node


def fixed_network(
    layers: Sequence[str],
    n_inputs: int,
    n_outputs: int,
    *,
    width: int | None = None,
    output_cell: str = "simple",
    time_skips: Iterable[int] = (),
    input_names: Sequence[str] = (),
    output_names: Sequence[str] = (),
) -> Network:
    """Build hidden layers of one cell each, every layer fully connected to the next.

    Args:
        layers: The cell of each hidden layer.
        n_inputs: Columns of the data.
        n_outputs: Targets.
        width: Nodes in a hidden layer; as many as inputs by default [paper].
        output_cell: The cell of the outputs.
        time_skips: For each, recurrent edges from every node of a layer to every node of it.
        input_names: The columns.
        output_names: The targets.

    Returns:
        A network without weights.

    Source:
        ElSaid et al. 2020, section 4: "one and two layer architectures consisting of modern memory
        cells". Their layers have no recurrent edges besides the cells' own memory.
    """
    sizes = [n_inputs, *[width or n_inputs] * len(layers), n_outputs]
    kinds = ["input", *["hidden"] * len(layers), "output"]
    ids = count()
    nodes: list[list[Node]] = []
    for depth, (size, cell) in enumerate(zip(sizes, ["", *layers, output_cell], strict=True)):
        given = {"input": input_names, "output": output_names}.get(kinds[depth]) or [""] * size
        names = [given[i] for i in range(size)]
        nodes.append([Node(next(ids), kinds[depth], depth, cell, name) for name in names])
    edges = [(s.id, t.id) for a, b in pairwise(nodes) for s in a for t in b]
    hidden = nodes[1:-1]
    recurrent = [
        (s.id, t.id, skip) for skip in time_skips for layer in hidden for s in layer for t in layer
    ]
    return Network(
        nodes=tuple(chain.from_iterable(nodes)),
        edges=np.array(edges, np.int32).reshape(-1, 2),
        recurrent_edges=np.array(recurrent, np.int32).reshape(-1, 3),
    )


def network_for(
    problem: Problem,
    layers: Sequence[str],
    *,
    width: int | None = None,
    time_skips: Iterable[int] = (),
) -> Network:
    """Build hidden layers as `fixed_network` does, for a problem: its columns, its output cell.

    Args:
        problem: What a method of search is told of the task.
        layers: The cell of each hidden layer.
        width: As for `fixed_network`.
        time_skips: As for `fixed_network`.
    """
    return fixed_network(
        layers, len(problem.inputs), len(problem.outputs), width=width, time_skips=time_skips,
        output_cell=problem.output_cell, input_names=problem.inputs, output_names=problem.outputs,
    )  # fmt: skip


def elman(n_inputs: int, n_outputs: int, *, width: int | None = None, **options) -> Network:
    """Build Elman's network (1990): a hidden tanh layer that sees itself one step before.

    Args:
        n_inputs: Columns of the data.
        n_outputs: Targets.
        width: Hidden nodes, as many as inputs by default.
        **options: See `fixed_network`.
    """
    return fixed_network(["simple"], n_inputs, n_outputs, width=width, time_skips=(1,), **options)


def jordan(n_inputs: int, n_outputs: int, *, width: int | None = None, **options) -> Network:
    """Build Jordan's network (1986): a hidden tanh layer that sees the outputs one step before.

    Args:
        n_inputs: Columns of the data.
        n_outputs: Targets.
        width: Hidden nodes, as many as inputs by default.
        **options: See `fixed_network`.
    """
    network = fixed_network(["simple"], n_inputs, n_outputs, width=width, **options)
    hidden = [node for node in network.nodes if node.kind == "hidden"]
    recurrent = [(s.id, t.id, 1) for s in network.outputs for t in hidden]
    return replace(network, recurrent_edges=np.array(recurrent, np.int32))


def feed_forward(
    n_inputs: int, n_outputs: int, *, n_layers: int = 1, width: int | None = None, **options
) -> Network:
    """Build hidden tanh layers without any memory.

    Args:
        n_inputs: Columns of the data.
        n_outputs: Targets.
        n_layers: Hidden layers.
        width: Nodes in a hidden layer, as many as inputs by default.
        **options: See `fixed_network`.
    """
    return fixed_network(["simple"] * n_layers, n_inputs, n_outputs, width=width, **options)


def draw_weights(network: Network, rng: np.random.Generator) -> Network:
    """Return the network with fresh weights, ready to be trained from scratch.

    Edges are uniform in +-sqrt(3 / number of edges into their target), which keeps the variance of
    sums (LeCun et al. 1998). A cell's own weights follow their `init`.
    """
    both = np.concatenate([network.edges, network.recurrent_edges[:, :2]])
    fan_in = np.bincount(both[:, 1], minlength=int(both[:, 1].max(initial=0)) + 1)
    bound = np.sqrt(3.0 / fan_in[both[:, 1]])
    weights = [rng.uniform(-bound, bound)]
    for node in network.nodes:
        if node.kind != "input":
            weights.append(draw_cell_weights(cells.get(node.cell).weights(), rng))
    return network.with_weights(np.concatenate(weights))


def draw_cell_weights(
    cell_weights: Sequence[CellWeight], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a node's own weights: fixed where the cell says a number, else from U(-0.5, 0.5)."""
    drawn = rng.uniform(-0.5, 0.5, len(cell_weights))
    fixed = [w.init if isinstance(w.init, float) else np.nan for w in cell_weights]
    return np.where(np.isnan(fixed), drawn, fixed)
