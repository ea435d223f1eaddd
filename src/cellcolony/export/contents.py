"""What every exported file holds: a network in the order of computing, its columns and scaling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.cells.program import Cell
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.plan import Group, plan
from cellcolony.tasks.columns import Columns
from cellcolony.tasks.readings import Switch, Unit
from cellcolony.tasks.transform import Transform


class PlacedGroup(NamedTuple):
    """Nodes of one cell that are computed side by side, at consecutive places.

    Attributes:
        cell: The cell.
        begin: The place of the first node.
        nodes: The nodes.
        weights: `(n_nodes, n_weights) float32`, each node's cell weights.
    """

    cell: Cell
    begin: int
    nodes: tuple[Node, ...]
    weights: NDArray[np.float32]


class PlacedComponent(NamedTuple):
    """Groups that are computed together.

    Attributes:
        groups: In the order of computing within a time step.
        cyclic: Whether a step needs what the groups gave in earlier steps; if not, there is one
            group.
    """

    groups: tuple[PlacedGroup, ...]
    cyclic: bool


@dataclass(frozen=True, eq=False)
class Contents:
    """A network in the order of computing, with places 0, 1, ... instead of ids.

    The inputs that are read come first. Edges lead from any place to a later one, or within a
    component.

    Attributes:
        transform: Columns and scaling.
        residual: Whether outputs are added to the targets' own values.
        inputs: The input nodes that are read.
        read: The position of each among the columns.
        components: In the order of computing.
        edges: `(n_edges, 3) int64`: source place, target place, time skip (0 within a step), sorted
            by target.
        edge_weights: `(n_edges,) float32`.
        outputs: The place of each target's output.
    """

    transform: Transform
    residual: bool
    inputs: tuple[Node, ...]
    read: tuple[int, ...]
    components: tuple[PlacedComponent, ...]
    edges: NDArray[np.int64]
    edge_weights: NDArray[np.float32]
    outputs: tuple[int, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of new data: the inputs, then other targets if outputs are added to them."""
        transform = self.transform
        return Columns(transform.inputs, transform.targets if self.residual else ()).used

    @property
    def readings(self) -> tuple[Unit | Switch, ...]:
        """How those of the columns that were texts in the training files are read as numbers."""
        return tuple(one for one in self.transform.readings if one.column in self.columns)

    @property
    def groups(self) -> tuple[PlacedGroup, ...]:
        """All groups, in the order of computing."""
        return tuple(group for component in self.components for group in component.groups)

    @property
    def base(self) -> list[int]:
        """Where the target of each output stands among the columns, if outputs are added to it."""
        return [self.columns.index(name) for name in self.transform.of_outputs]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes, by their places."""
        return sum((group.nodes for group in self.groups), self.inputs)

    @property
    def edges_into(self) -> list[tuple[int, list[Any]]]:
        """Each target place, with its edges: source, target and skip, then the weight."""
        edges = zip(self.edges.tolist(), self.edge_weights, strict=True)
        return [(target, list(same)) for target, same in groupby(edges, lambda one: one[0][1])]

    @property
    def n_weights(self) -> int:
        """How many trainable numbers there are."""
        return len(self.edges) + sum(group.weights.size for group in self.groups)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are used, each once, in the order of computing."""
        return tuple(dict.fromkeys(group.cell for group in self.groups))


def contents(network: Network, transform: Transform, residual: bool) -> Contents:
    """Put a trained network into the order of computing; what reaches no output is left out.

    Raises:
        GenomeError: An output is reached by no input.
    """
    planned = plan(network)
    node_of = {node.id: node for node in network.nodes}
    order = list(planned.inputs)
    components = []
    for component in planned.components:
        groups = []
        for group in component.groups:
            groups.append(_placed(group, len(order), network, node_of))
            order += group.nodes
        components.append(PlacedComponent(tuple(groups), component.cyclic))
    place = {node: at for at, node in enumerate(order)}
    edges = np.array([(place[s], place[t], skip) for s, t, skip in planned.edges.tolist()])
    assert network.weights is not None
    n_all_edges = len(network.edges) + len(network.recurrent_edges)
    edge_weights = network.weights[:n_all_edges][network.live_weights[:n_all_edges]]
    by_target = np.lexsort((edges[:, 0], edges[:, 2], edges[:, 1]))
    return Contents(
        transform=transform,
        residual=residual,
        inputs=tuple(node_of[node] for node in planned.inputs),
        read=planned.columns,
        components=tuple(components),
        edges=edges[by_target],
        edge_weights=edge_weights[by_target],
        outputs=tuple(place[node.id] for node in network.outputs),
    )


def _placed(group: Group, begin: int, network: Network, node_of: dict[int, Node]) -> PlacedGroup:
    assert network.weights is not None
    cell = cells.get(group.cell)
    n_weights = len(cell.weights())
    offsets = [network.cell_offsets[node] for node in group.nodes]
    weights = np.stack([network.weights[at : at + n_weights] for at in offsets])
    return PlacedGroup(cell, begin, tuple(node_of[node] for node in group.nodes), weights)
