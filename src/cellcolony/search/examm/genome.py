"""A genome of EXAMM: nodes and edges as genes with innovation numbers, each enabled or disabled.

What is disabled stays in the genome, so that it may be enabled again and lines up in a crossover.
An edge is *active* if it and both of its ends are enabled. A node is *alive* if it lies on a path
of active edges from an input to an output; what is alive is the network that is trained
(`phenotype.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

INPUT, HIDDEN, OUTPUT = "input", "hidden", "output"
FORWARD = 0
"""The time skip of an edge that acts within a time step."""


class NodeGene(NamedTuple):
    """One node.

    Attributes:
        number: Its innovation number; also its id in the network.
        kind: "input", "hidden" or "output".
        depth: From 0, all inputs, to 1, all outputs; forward edges lead to greater depth.
        cell: The name of the cell that it computes; empty for an input.
        enabled: Whether it takes part. Outputs always do.
        weights: Those of its cell.
    """

    number: int
    kind: str
    depth: float
    cell: str
    enabled: bool
    weights: tuple[float, ...] = ()


class EdgeGene(NamedTuple):
    """One edge.

    Attributes:
        number: Its innovation number: the same wherever source, target and skip are the same.
        source: The number of a node.
        target: The number of a node, not of an input.
        skip: `FORWARD`, or how many steps a recurrent edge reaches back, at least 1.
        enabled: Whether it takes part, as far as its ends do.
        weight: What the source's output is multiplied by.
    """

    number: int
    source: int
    target: int
    skip: int
    enabled: bool
    weight: float

    @property
    def link(self) -> Link:
        """What it links."""
        return Link(self.source, self.target, self.skip)


class Link(NamedTuple):
    """What an edge links: two nodes by their numbers, and the time skip."""

    source: int
    target: int
    skip: int


G = TypeVar("G", NodeGene, EdgeGene)


@dataclass(frozen=True, eq=False)
class Genome:
    """An immutable genome.

    Attributes:
        nodes: Its nodes by number: the inputs and outputs in the data's order, then hidden ones.
        edges: Its edges of both kinds by number.
    """

    nodes: tuple[NodeGene, ...]
    edges: tuple[EdgeGene, ...]

    @cached_property
    def enabled_nodes(self) -> tuple[NodeGene, ...]:
        """The nodes that take part."""
        return tuple(node for node in self.nodes if node.enabled)

    @cached_property
    def hidden(self) -> tuple[NodeGene, ...]:
        """The hidden nodes that take part."""
        return tuple(node for node in self.enabled_nodes if node.kind == HIDDEN)

    @cached_property
    def node(self) -> Mapping[int, NodeGene]:
        """All nodes by their numbers."""
        return {node.number: node for node in self.nodes}

    @cached_property
    def edge(self) -> Mapping[int, EdgeGene]:
        """All edges by their numbers."""
        return {edge.number: edge for edge in self.edges}

    @cached_property
    def active_edges(self) -> tuple[EdgeGene, ...]:
        """The edges that are enabled, as are both of their ends."""
        enabled = {node.number for node in self.enabled_nodes}
        return tuple(
            edge
            for edge in self.edges
            if edge.enabled and edge.source in enabled and edge.target in enabled
        )

    @cached_property
    def reached(self) -> frozenset[int]:
        """The numbers of the nodes to which active edges lead from an input, inputs included."""
        steps = defaultdict(list)
        for edge in self.active_edges:
            steps[edge.source].append(edge.target)
        return _reached((n.number for n in self.enabled_nodes if n.kind == INPUT), steps)

    @property
    def is_whole(self) -> bool:
        """Whether every output is reached."""
        return all(node.number in self.reached for node in self.nodes if node.kind == OUTPUT)

    @cached_property
    def alive(self) -> frozenset[int]:
        """The numbers of the nodes on a path from an input to an output."""
        steps = defaultdict(list)
        for edge in self.active_edges:
            steps[edge.target].append(edge.source)
        outputs = (node.number for node in self.nodes if node.kind == OUTPUT)
        return self.reached & _reached(outputs, steps)

    @cached_property
    def alive_edges(self) -> tuple[EdgeGene, ...]:
        """The active edges between nodes that are alive."""
        alive = self.alive
        return tuple(e for e in self.active_edges if e.source in alive and e.target in alive)

    @cached_property
    def structure(self) -> tuple[int, ...]:
        """The numbers of the edges that are alive: equal for networks of the same structure."""
        return tuple(edge.number for edge in self.alive_edges)

    @cached_property
    def weight_moments(self) -> tuple[float, float]:
        """The mean and the standard deviation of its weights, of edges and of cells."""
        weights = [edge.weight for edge in self.edges]
        for node in self.nodes:
            weights += node.weights
        values = np.array(weights)
        return float(values.mean()), float(values.std())

    def changed(self, nodes: Iterable[NodeGene] = (), edges: Iterable[EdgeGene] = ()) -> Genome:
        """Return the genome with genes that are new, or replace those of the same number."""
        return Genome(_laid_over(self.node, nodes), _laid_over(self.edge, edges))


def _laid_over(genes: Mapping[int, G], changed: Iterable[G]) -> tuple[G, ...]:
    """Return genes, by their numbers, with others that are new or replace them, in order."""
    by_number = {**genes, **{gene.number: gene for gene in changed}}
    return tuple(by_number[number] for number in sorted(by_number))


def _reached(start: Iterable[int], steps: Mapping[int, list[int]]) -> frozenset[int]:
    """Return the numbers to which steps lead from some, these included."""
    reached = set(start)
    waiting = list(reached)
    while waiting:
        for number in steps.get(waiting.pop(), ()):
            if number not in reached:
                reached.add(number)
                waiting.append(number)
    return frozenset(reached)
