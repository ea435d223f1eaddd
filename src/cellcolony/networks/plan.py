"""The order in which a network is computed: what lives, what forms a cycle, what goes side by side.

Edges and recurrent edges together form a graph; its strongly connected components are computed one
after the other. A component without a cycle needs no lock-step in time: its inputs are summed over
a whole block of steps. Only real cycles are stepped through time together. In both, nodes of one
cell that do not wait for each other form a group and are computed side by side in vector registers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cellcolony.networks.genome import Network


class Group(NamedTuple):
    """Nodes of one cell that are computed side by side.

    Attributes:
        cell: The cell's name.
        nodes: Ids.
    """

    cell: str
    nodes: tuple[int, ...]


class Component(NamedTuple):
    """Groups that are computed together.

    Attributes:
        groups: In the order of computing within a time step.
        cyclic: Whether every step needs the step before; if not, there is one group.
    """

    groups: tuple[Group, ...]
    cyclic: bool


@dataclass(frozen=True, eq=False)
class Plan:
    """What is computed, and in which order.

    Attributes:
        network: The network.
        inputs: Ids of the input nodes that are read, in the order of the data's columns.
        columns: The column that each of them copies.
        components: In the order of computing.
        edges: `(n_edges, 3) int64`: source id, target id, time skip (0 within a step) of all edges
            that live, in the order of the network's weights.
    """

    network: Network
    inputs: tuple[int, ...]
    columns: tuple[int, ...]
    components: tuple[Component, ...]
    edges: NDArray[np.int64]


def plan(network: Network) -> Plan:
    """Plan the computation of a network; what reaches no output, or no input reaches, is left out.

    Raises:
        GenomeError: An output is reached by no input.
    """
    live = network.live
    n_edges, n_recurrent = len(network.edges), len(network.recurrent_edges)
    edges = np.zeros((n_edges + n_recurrent, 3), np.int64)
    edges[:n_edges, :2] = network.edges
    edges[n_edges:] = network.recurrent_edges
    edges = edges[network.live_weights[: len(edges)]]
    cell_of = {node.id: node.cell for node in network.nodes if node.id in live}
    inputs = [(i, node.id) for i, node in enumerate(network.inputs) if node.id in live]
    hidden = [node.id for node in network.nodes if node.id in live and node.kind != "input"]
    return Plan(
        network=network,
        inputs=tuple(node for _, node in inputs),
        columns=tuple(column for column, _ in inputs),
        components=tuple(_components(hidden, edges, cell_of)),
        edges=edges,
    )


def _components(
    hidden: list[int], edges: NDArray[np.int64], cell_of: dict[int, str]
) -> Iterable[Component]:
    position = {node: i for i, node in enumerate(hidden)}
    inner = [(position[s], position[t], skip) for s, t, skip in edges.tolist() if s in position]
    sources = np.array([s for s, _, _ in inner], np.int64)
    targets = np.array([t for _, t, _ in inner], np.int64)
    graph = coo_array((np.ones(len(inner)), (sources, targets)), shape=(len(hidden), len(hidden)))
    n, label = connected_components(graph, connection="strong")
    members: list[list[int]] = [[] for _ in range(n)]
    for node, at in zip(hidden, label.tolist(), strict=True):
        members[at].append(node)
    fed_back = {int(label[s]) for s, t, _ in inner if label[s] == label[t]}

    between = {(int(label[s]), int(label[t])) for s, t, _ in inner if label[s] != label[t]}
    within: dict[int, set[tuple[int, int]]] = {at: set() for at in fed_back}
    for s, t, skip in inner:
        if skip == 0 and label[s] == label[t]:
            within[int(label[s])].add((hidden[s], hidden[t]))

    # A cycle is an item of its own kind in the outer schedule: it is never joined with others.
    kind = {at: f"cycle {at}" if at in fed_back else cell_of[members[at][0]] for at in range(n)}
    for items in _side_by_side(range(n), between, kind):
        if items[0] in fed_back:
            nodes = members[items[0]]
            groups = _side_by_side(nodes, within[items[0]], cell_of)
            yield Component(tuple(Group(cell_of[g[0]], tuple(g)) for g in groups), cyclic=True)
        else:
            group = tuple(sorted(members[at][0] for at in items))
            yield Component((Group(kind[items[0]], group),), cyclic=False)


def _side_by_side(
    items: Iterable[int], waits: set[tuple[int, int]], kind: dict[int, str]
) -> list[list[int]]:
    """Order items so that each comes after what it waits for, in few batches of one kind.

    Greedy: of the items that wait for nothing, take the kind that is most frequent among them.
    """
    items = sorted(items)
    followers: dict[int, list[int]] = {item: [] for item in items}
    n_waits = dict.fromkeys(items, 0)
    for before, after in waits:
        followers[before].append(after)
        n_waits[after] += 1
    ready = [item for item in items if n_waits[item] == 0]
    batches: list[list[int]] = []
    while ready:
        counts = Counter(kind[item] for item in ready)
        chosen = min(counts, key=lambda name: (-counts[name], name))
        batch = sorted(item for item in ready if kind[item] == chosen)
        ready = [item for item in ready if kind[item] != chosen]
        for item in batch:
            for after in followers[item]:
                n_waits[after] -= 1
                if n_waits[after] == 0:
                    ready.append(after)
        batches.append(batch)
    return batches
