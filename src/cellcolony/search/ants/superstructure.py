"""The superstructure: every node and edge that an ant may choose (ASNE, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Node

MOST_WAYS = 10_000_000
"""Forward and recurrent edges between all nodes: tables of so many numbers take 80 MB each."""


@dataclass(frozen=True)
class Superstructure:
    """Layers of nodes, wired in every way that a network may be wired.

    Node ids count inputs, then hidden nodes layer by layer, then outputs. Inputs are layer 0,
    hidden layers 1 to `n_layers`, outputs the layer after. Networks keep these ids.

    Forward edges lead from every layer to every later one. Recurrent edges lead from every node to
    every hidden or output node, itself included, once for each time skip. Two switches leave some
    recurrent edges out.

    Attributes:
        n_inputs: One node for each input column of the data.
        n_outputs: One node for each target.
        n_layers: Hidden layers; 0 wires inputs to outputs.
        n_nodes_per_layer: Nodes of each hidden layer.
        max_skip: The longest time skip of a recurrent edge; 0 for none.
        self_loops: Whether recurrent edges lead from a node to itself.
        backward_edges: Whether recurrent edges lead to other nodes of the same or an earlier layer.
        input_names: The input columns' names, or nothing.
        output_names: The targets' names, or nothing.

    Raises:
        ConfigError: A count is too small, there are too many edges to choose among, or names are
            too many or too few.

    Source:
        ElSaid et al. 2020, section 4: 12 inputs, 3 x 12 hidden nodes and 1 output give 49 nodes,
        912 forward edges and 1,813 recurrent edges for each skip. The text speaks of skips 1 to 3,
        the published counts are those of skips 1 and 2.
    """

    n_inputs: int
    n_outputs: int
    n_layers: int = 3
    n_nodes_per_layer: int = 12
    max_skip: int = 3
    self_loops: bool = True
    backward_edges: bool = True
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ConfigError(f"`{name}` must be at least {least}. Got {getattr(self, name)}.")
        n_ways = self.n_nodes**2 * (1 + self.max_skip)
        if n_ways > MOST_WAYS:
            raise ConfigError(
                f"{self.n_nodes:,} nodes and time skips up to {self.max_skip:,} give {n_ways:,} "
                f"edges to choose among, and there may be {MOST_WAYS:,}. Take fewer columns, or "
                "lower `n_layers`, `n_nodes_per_layer` or `max_skip`."
            )
        for names, n in (("input_names", self.n_inputs), ("output_names", self.n_outputs)):
            given = tuple(getattr(self, names))
            object.__setattr__(self, names, given)
            if given and len(given) != n:
                raise ConfigError(f"`{names}` must hold {n} names or none. Got {len(given)}.")

    @property
    def n_hidden(self) -> int:
        """How many hidden nodes there are."""
        return self.n_layers * self.n_nodes_per_layer

    @property
    def n_nodes(self) -> int:
        """How many nodes there are in all."""
        return self.n_inputs + self.n_hidden + self.n_outputs

    @property
    def output_layer(self) -> int:
        """The number of the outputs' layer."""
        return self.n_layers + 1

    @property
    def first_output(self) -> int:
        """The id of the first output; the others follow."""
        return self.n_inputs + self.n_hidden

    @cached_property
    def layer(self) -> NDArray[np.int64]:
        """Each node's layer, `(n_nodes,)`."""
        sizes = [self.n_inputs, *[self.n_nodes_per_layer] * self.n_layers, self.n_outputs]
        return np.repeat(np.arange(self.output_layer + 1), sizes)

    @cached_property
    def edges(self) -> NDArray[np.int32]:
        """Forward edges between every pair of layers, `(n_edges, 2)`: source, target."""
        forward = self.layer[:, None] < self.layer[None, :]
        return np.argwhere(forward).astype(np.int32)

    @cached_property
    def recurrent_edges(self) -> NDArray[np.int32]:
        """Recurrent edges, `(n_recurrent, 3)`: source, target, time skip."""
        itself = np.eye(self.n_nodes, dtype=bool)
        backward = (self.layer[:, None] >= self.layer[None, :]) & ~itself
        wired = np.broadcast_to(self.layer > 0, itself.shape).copy()  # by source and target
        if not self.self_loops:
            wired &= ~itself
        if not self.backward_edges:
            wired &= ~backward
        each_skip = np.broadcast_to(wired[:, :, None], (*wired.shape, self.max_skip))
        return np.argwhere(each_skip).astype(np.int32) + np.array([0, 0, 1], np.int32)

    @cached_property
    def edge_positions(self) -> NDArray[np.int64]:
        """Where in `edges` the edge [source, target] stands, -1 for none: `(n_nodes, n_nodes)`."""
        positions = np.full((self.n_nodes, self.n_nodes), -1)
        positions[tuple(self.edges.T)] = np.arange(len(self.edges))
        return positions

    @cached_property
    def recurrent_positions(self) -> NDArray[np.int64]:
        """Where in `recurrent_edges` [source, target, skip - 1] stands, -1 for none.

        Shapes:
            `(n_nodes, n_nodes, max_skip)`.
        """
        positions = np.full((self.n_nodes, self.n_nodes, self.max_skip), -1)
        source, target, skip = self.recurrent_edges.T
        positions[source, target, skip - 1] = np.arange(len(self.recurrent_edges))
        return positions

    @cached_property
    def input_nodes(self) -> tuple[Node, ...]:
        """The input nodes, in the order of the data's columns."""
        names = self.input_names or ("",) * self.n_inputs
        return tuple(Node(i, "input", 0.0, name=name) for i, name in enumerate(names))

    def hidden_node(self, row: int, cell: str) -> Node:
        """Return the `row`-th hidden node, computing this cell."""
        node = self.n_inputs + row
        return Node(node, "hidden", float(self.layer[node]), cell)

    def output_nodes(self, cell: str) -> tuple[Node, ...]:
        """Return the output nodes, in the order of the targets, computing this cell."""
        names = self.output_names or ("",) * self.n_outputs
        depth = float(self.output_layer)
        return tuple(
            Node(self.first_output + i, "output", depth, cell, name) for i, name in enumerate(names)
        )


_LEAST = {"n_inputs": 1, "n_outputs": 1, "n_layers": 0, "n_nodes_per_layer": 1, "max_skip": 0}
"""The smallest value of each count."""
