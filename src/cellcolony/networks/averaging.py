"""Several trained networks as one, whose outputs are the weighted mean of theirs.

An average of forecasts is mostly better than each of them (Bates & Granger 1969). As one network it
is predicted with, exported, drawn and stepped like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.errors import GenomeError
from cellcolony.networks.genome import Network, Node

LINEAR = "linear"
Key = tuple[int, int, int]
"""Of an edge: the source's id, the target's, and the time skip; 0 for one within a time step."""


def average(networks: Sequence[Network], shares: Sequence[float]) -> Network:
    """Return one network whose outputs are the weighted mean of those of its members.

    The members share the inputs; all of them are listed, of all other nodes those that live. Where
    a member's output is linear and nothing reads it, its edges lead to the new output, scaled by
    the member's share, and those that several members have are summed. Any other output becomes a
    hidden node, which keeps its cell and leads to the new output with the share as weight.

    Args:
        networks: Trained networks with the same inputs and outputs, in the same order.
        shares: How much each of them weighs; they are used as they are given.

    Returns:
        A network with linear outputs. Depths are counted anew: inputs are at 0, and each member's
        hidden nodes in their own order.

    Raises:
        GenomeError: There are no networks, or not as many shares; a network has no weights, other
            inputs or outputs, or an output that no input reaches; or the whole has too many nodes,
            or a weight that is too large.
    """
    if not networks or len(networks) != len(shares):
        raise GenomeError(
            f"There must be as many shares as networks, at least one. Got {len(networks)} "
            f"networks and {len(shares)} shares."
        )
    first = networks[0]
    names = _names(first)
    for network in networks:
        if _names(network) != names:
            raise GenomeError("Networks must have the same inputs and outputs to be averaged.")
        if network.weights is None:
            raise GenomeError("A network must have weights to be averaged. Got none.")
    whole = _Whole(first)
    for network, share in zip(networks, shares, strict=True):
        whole.add(network, float(share))
    return whole.network()


def _names(network: Network) -> tuple[list[str], list[str]]:
    return [node.name for node in network.inputs], [node.name for node in network.outputs]


@dataclass
class _Whole:
    """An average as it grows, member by member."""

    first: Network
    _ids: Iterator[int] = field(default_factory=count)
    _edges: dict[Key, float] = field(default_factory=dict)
    _hidden: list[Node] = field(default_factory=list)
    _cell_weights: list[NDArray[np.float64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._inputs = [Node(next(self._ids), "input", 0.0, "", one.name)
                        for one in self.first.inputs]  # fmt: skip
        self._outputs = [next(self._ids) for _ in self.first.outputs]
        self._biases = np.zeros(len(self._outputs))

    def add(self, network: Network, share: float) -> None:
        """Take in a member."""
        assert network.weights is not None
        weights, live = network.weights.astype(np.float64), network.live
        edges = [
            (key, weight)
            for key, weight in zip(_edges(network), weights, strict=False)
            if key[0] in live and key[1] in live
        ]
        read = {source for (source, *_), _ in edges}
        new = {old.id: node.id for old, node in zip(network.inputs, self._inputs, strict=True)}
        scale: dict[int, float] = {}  # by the ids of outputs that need no node of their own
        for place, node in enumerate(network.outputs):
            if node.cell == LINEAR and node.id not in read:
                new[node.id], scale[node.id] = self._outputs[place], share
                (bias,) = weights[_cell_weights(network, node)]
                self._biases[place] += share * bias
        depths = sorted({node.depth for node in network.nodes if node.kind != "input"})
        layer = {depth: float(i) for i, depth in enumerate(depths, 1)}
        for node in network.nodes:
            if node.id in live and node.id not in new:
                new[node.id] = next(self._ids)
                own = Node(new[node.id], "hidden", layer[node.depth], node.cell, node.name)
                self._hidden.append(own)
                self._cell_weights.append(weights[_cell_weights(network, node)])
        for (source, target, skip), weight in edges:
            self._lead(new[source], new[target], skip, scale.get(target, 1.0) * weight)
        for place, node in enumerate(network.outputs):
            if node.id not in scale:
                self._lead(new[node.id], self._outputs[place], 0, share)

    def _lead(self, source: int, target: int, skip: int, weight: float) -> None:
        key = source, target, skip
        self._edges[key] = self._edges.get(key, 0.0) + float(weight)

    def network(self) -> Network:
        """Return all members as one."""
        last = 1 + max((node.depth for node in self._hidden), default=0.0)
        outputs = [Node(id, "output", last, LINEAR, one.name)
                   for id, one in zip(self._outputs, self.first.outputs, strict=True)]  # fmt: skip
        within = [key for key in self._edges if not key[2]]
        recurrent = [key for key in self._edges if key[2]]
        of_edges = [self._edges[key] for key in (*within, *recurrent)]
        weights = np.concatenate([of_edges, *self._cell_weights, self._biases])
        with np.errstate(over="ignore"):  # what is then infinite is refused
            weights = weights.astype(np.float32)
        return Network(
            nodes=(*self._inputs, *self._hidden, *outputs),
            edges=np.array([key[:2] for key in within], np.int32).reshape(-1, 2),
            recurrent_edges=np.array(recurrent, np.int32).reshape(-1, 3),
            weights=weights,
        )


def _edges(network: Network) -> list[Key]:
    """Return all edges, in the order of the weights."""
    within = [(source, target, 0) for source, target in network.edges.tolist()]
    return [*within, *((s, t, skip) for s, t, skip in network.recurrent_edges.tolist())]


def _cell_weights(network: Network, node: Node) -> slice:
    """Return where a node's own weights stand."""
    offset = network.cell_offsets[node.id]
    return slice(offset, offset + len(cells.get(node.cell).weights()))
