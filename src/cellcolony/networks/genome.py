"""A sparse recurrent network: nodes, edges, recurrent edges with a time skip, and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony import cells
from cellcolony.errors import GenomeError, brief

KINDS = ("input", "hidden", "output")
MOST_NODES = 10_000
LONGEST_SKIP = 100_000
"""Steps that a recurrent edge may reach back."""
LARGEST_ID = 2**31 - 1
DEEPEST = 1e9
"""Of any node."""
MOST_REMEMBERED = 100_000_000
"""Nodes times the longest skip: so many outputs of the past are kept while a network runs."""


class Node(NamedTuple):
    """One node.

    Attributes:
        id: Names the node within its network; never a position.
        kind: "input", "hidden" or "output".
        depth: Forward edges lead to greater depth; a layer's number, for instance.
        cell: The name of the cell that it computes; empty for an input.
        name: The column that an input copies or an output predicts; free otherwise.
    """

    id: int
    kind: str
    depth: float
    cell: str = ""
    name: str = ""


@dataclass(frozen=True, eq=False)
class Network:
    """An immutable network. Inputs and outputs stand in the order of the data's columns.

    Attributes:
        nodes: Every node; all inputs of the data are listed, also those without an edge.
        edges: `(n_edges, 2) int32`, source id and target id; acts within a time step.
        recurrent_edges: `(n_recurrent, 3) int32`, source id, target id and time skip >= 1.
        weights: `(n_all_weights,) float32` or None: edges, recurrent edges, then each node's cell
            weights (`Cell.weights`) in the order of `nodes`.

    Raises:
        GenomeError: There are too many nodes; an edge names an unknown node, enters an input,
            stands twice or leads to a node that is no deeper; a skip is below 1 or too long; an id
            is below 0, a depth not finite; weights are too many, too few or not finite.
    """

    kind: ClassVar[str] = "network"

    nodes: tuple[Node, ...]
    edges: NDArray[np.int32]
    recurrent_edges: NDArray[np.int32]
    weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "nodes", tuple(self.nodes))
        set_field(self, "edges", _frozen(self.edges, np.int32, 2))
        set_field(self, "recurrent_edges", _frozen(self.recurrent_edges, np.int32, 3))
        self._check()
        if self.weights is not None:
            weights = np.array(self.weights, np.float32)
            if weights.shape != (self.n_all_weights,):
                raise GenomeError(
                    f"`weights` must have shape ({self.n_all_weights},). Got {weights.shape}."
                )
            if not np.isfinite(weights).all():
                raise GenomeError("`weights` must be finite.")
            weights.flags.writeable = False
            set_field(self, "weights", weights)

    def _check(self) -> None:
        ids = np.array([node.id for node in self.nodes], np.int64)
        order = np.argsort(ids)
        if _has_repeats(ids[order]):
            raise GenomeError("Two nodes have the same id.")
        if len(ids) > MOST_NODES:
            raise GenomeError(f"There may be {MOST_NODES:,} nodes. Got {len(ids):,}.")
        if len(ids) and ids[order[0]] < 0:
            raise GenomeError(f"A node's id must be at least 0. Got {ids[order[0]]}.")
        for node in self.nodes:
            if node.kind not in KINDS:
                raise GenomeError(
                    f"Node {node.id}: `kind` must be one of {KINDS}. Got {node.kind!r}."
                )
            if (node.cell == "") != (node.kind == "input"):
                raise GenomeError(f"Node {node.id}: inputs have no cell, all others have one.")
        if len(self.recurrent_edges) and self.recurrent_edges[:, 2].min() < 1:
            raise GenomeError("A recurrent edge's time skip must be at least 1.")
        most = min(LONGEST_SKIP, MOST_REMEMBERED // max(len(ids), 1))
        if self.max_skip > most:
            raise GenomeError(
                f"A recurrent edge's time skip must be at most {most:,} in a network of "
                f"{len(ids):,} nodes. Got {self.max_skip:,}."
            )
        depth = np.array([node.depth for node in self.nodes], float)
        if not np.isfinite(depth).all():
            raise GenomeError("A node's depth must be finite.")
        is_input = np.array([node.kind == "input" for node in self.nodes], bool)
        both = np.split(self._ends, [len(self.edges)])
        for edges, place in zip((self.edges, self.recurrent_edges), both, strict=True):
            ends = edges[:, :2]
            _refuse(edges, (ids[place] != ends).any(axis=1), "names an unknown node")
            _refuse(edges, is_input[place[:, 1]], "enters an input")
            skip = edges[:, 2] if edges.shape[1] == 3 else 0
            key = (np.int64(skip) * len(ids) + place[:, 0]) * len(ids) + place[:, 1]
            if _has_repeats(np.sort(key)):
                raise GenomeError("An edge stands twice.")
            if edges is self.edges:
                backward = depth[place[:, 0]] >= depth[place[:, 1]]
                _refuse(edges, backward, "must lead to greater depth")

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The input nodes, in the order of the data's columns."""
        return tuple(node for node in self.nodes if node.kind == "input")

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The output nodes, in the order of the targets."""
        return tuple(node for node in self.nodes if node.kind == "output")

    @property
    def max_skip(self) -> int:
        """The longest time skip, 0 without recurrent edges."""
        return int(self.recurrent_edges[:, 2].max()) if len(self.recurrent_edges) else 0

    @cached_property
    def cell_offsets(self) -> Mapping[int, int]:
        """Where each node's cell weights begin in `weights`, by node id."""
        offsets: dict[int, int] = {}
        at = len(self.edges) + len(self.recurrent_edges)
        for node in self.nodes:
            if node.kind != "input":
                offsets[node.id] = at
                at += len(cells.get(node.cell).weights())
        offsets[-1] = at
        return offsets

    @property
    def n_all_weights(self) -> int:
        """How many numbers `weights` holds, whether or not they can reach an output."""
        return self.cell_offsets[-1]

    @cached_property
    def live(self) -> frozenset[int]:
        """The ids of the nodes on a path from an input to an output, over edges of both kinds.

        Raises:
            GenomeError: An output is reached by no input.
        """
        return frozenset(self.nodes[place].id for place in np.flatnonzero(self._alive).tolist())

    @cached_property
    def live_weights(self) -> NDArray[np.bool_]:
        """Which of `weights` can carry something from an input to an output: `(n_all_weights,)`."""
        alive = self._alive
        n_each = np.diff(list(self.cell_offsets.values()))  # (n_nodes - n_inputs,), by place
        of_edges = alive[self._ends].all(axis=1)
        return np.concatenate([of_edges, np.repeat(alive[~self._are("input")], n_each)])

    @cached_property
    def _alive(self) -> NDArray[np.bool_]:
        """Which of `nodes` are `live`: `(n_nodes,)`."""
        source, target = self._ends.T
        is_input, is_output = self._are("input"), self._are("output")
        alive = _reached(is_input, source, target) & _reached(is_output, target, source)
        for place in np.flatnonzero(is_output & ~alive).tolist():
            node = self.nodes[place]
            raise GenomeError(f"No input reaches output {node.name or node.id!r}.")
        return alive

    def _are(self, kind: str) -> NDArray[np.bool_]:
        return np.array([node.kind == kind for node in self.nodes], bool)

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """The places in `nodes` of the ends of each edge, then of each recurrent edge.

        Shapes:
            `(n_edges + n_recurrent, 2)`: source, target. Any place where there is no such node.
        """
        ids = np.array([node.id for node in self.nodes], np.int64)
        order = np.argsort(ids)
        ends = np.concatenate([self.edges, self.recurrent_edges[:, :2]])
        return order[np.minimum(np.searchsorted(ids, ends, sorter=order), len(ids) - 1)]

    @property
    def edge_keys(self) -> list[tuple[int, int, int]]:
        """The ends and time skips of its edges, in the order of the weights."""
        within = [(source, target, 0) for source, target in self.edges.tolist()]
        return [*within, *map(tuple, self.recurrent_edges.tolist())]

    @cached_property
    def n_weights(self) -> int:
        """How many trainable numbers can reach an output: edges, recurrent edges, cell weights."""
        return int(self.live_weights.sum())

    @cached_property
    def digest(self) -> bytes:
        """The same for networks with equal nodes, edges and weights."""
        found = blake2b(repr(self.nodes).encode(), digest_size=16)
        for values in (self.edges, self.recurrent_edges, self.weights):
            found.update(b"" if values is None else values.tobytes())
        return found.digest()

    def with_weights(self, weights: ArrayLike) -> Network:
        """Return the same network with other weights, `(n_all_weights,)`."""
        return replace(self, weights=np.asarray(weights, np.float32))

    def to_dict(self) -> dict[str, Any]:
        """Return the structure as plain values that JSON can hold; weights are kept elsewhere."""
        return {
            "nodes": [node._asdict() for node in self.nodes],
            "edges": self.edges.tolist(),
            "recurrent_edges": self.recurrent_edges.tolist(),
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], weights: ArrayLike | None = None) -> Network:
        """Read what `to_dict` wrote.

        Raises:
            GenomeError: The parts do not form a network.
        """
        parts = ("nodes", "edges", "recurrent_edges")
        for part in parts:
            if not (isinstance(data, Mapping) and isinstance(data.get(part), list)):
                raise GenomeError(f"A network must have a list of `{part}`. Got {brief(data)}.")
        nodes, edges, recurrent_edges = (data[part] for part in parts)
        return Network(
            nodes=tuple(map(_node, nodes)),
            edges=_whole_numbers(edges, 2),
            recurrent_edges=_whole_numbers(recurrent_edges, 3),
            weights=None if weights is None else _float32(weights),
        )


_NODE = {"id": (int,), "kind": (str,), "depth": (float, int), "cell": (str,), "name": (str,)}


def _node(data: Any) -> Node:
    if not isinstance(data, dict) or any(
        type(data.get(key)) not in types for key, types in _NODE.items()
    ):
        raise GenomeError(f"A node must have {', '.join(_NODE)}. Got {brief(data)}.")
    if data["id"] > LARGEST_ID or abs(data["depth"]) > DEEPEST:
        raise GenomeError(f"A node's id or depth is too large. Got {brief(data)}.")
    return Node(**{key: data[key] for key in _NODE})


def _whole_numbers(rows: list[Any], n_columns: int) -> NDArray[np.int32]:
    """Return the ends of edges; nothing else than lists of whole numbers is taken."""
    sound = set(map(type, rows)) <= {list} and set(map(len, rows)) <= {n_columns}
    if not sound or not set(map(type, chain.from_iterable(rows))) <= {int}:
        raise GenomeError(f"Each edge must be {n_columns} whole numbers. Got {brief(rows)}.")
    try:
        return np.array(rows, np.int32).reshape(-1, n_columns)
    except OverflowError:
        raise GenomeError(f"An edge has a number beyond 32 bits. Got {brief(rows)}.") from None


def _float32(weights: ArrayLike) -> NDArray[np.float32]:
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused later
            return np.asarray(weights, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise GenomeError(f"`weights` must be numbers: {error}.") from error


def _refuse(edges: NDArray[np.int32], wrong: NDArray[np.bool_], fault: str) -> None:
    for source, target, *_ in edges[wrong].tolist():
        raise GenomeError(f"Edge {source} -> {target} {fault}.")


def _frozen(values: ArrayLike, dtype: type, n_columns: int) -> NDArray[Any]:
    array = np.array(values, dtype).reshape(-1, n_columns)
    array.flags.writeable = False
    return array


def _has_repeats(ascending: NDArray[np.int64]) -> bool:
    return bool((ascending[1:] == ascending[:-1]).any())


def _reached(
    start: NDArray[np.bool_], source: NDArray[np.int64], target: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return where edges lead from some nodes, these among them.

    Shapes:
        `start` and what is returned: `(n_nodes,)`. `source` and `target`: `(n_edges,)`, places.
    """
    reached, n_before = start.copy(), -1
    while (n := np.count_nonzero(reached)) != n_before:
        n_before = n
        reached[target[reached[source]]] = True
    return reached
