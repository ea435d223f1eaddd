"""From a genome to the network that is trained, and trained weights back into the genome.

The network holds what is alive and nothing else, so that no disabled gene can shift a weight or a
gradient (the published program trains most genomes with disabled genes along a wrong gradient).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Problem
from cellcolony.networks.genome import Network, Node
from cellcolony.search.examm.genome import FORWARD, INPUT, OUTPUT, EdgeGene, Genome, NodeGene


def network_of(genome: Genome, problem: Problem) -> Network:
    """Return the network of a genome: every input and output, and the hidden nodes that are alive.

    Raises:
        GenomeError: An edge leads to no greater depth, for instance.
    """
    nodes, forward, recurrent = _parts(genome)
    names = iter((*problem.inputs, *problem.outputs))  # genomes number inputs, then outputs
    name_of = {node.number: next(names) for node in genome.nodes if node.kind in (INPUT, OUTPUT)}
    weights = [edge.weight for edge in (*forward, *recurrent)]
    for node in nodes:
        weights += node.weights
    return Network(
        nodes=tuple(
            Node(node.number, node.kind, node.depth, node.cell, name_of.get(node.number, ""))
            for node in nodes
        ),
        edges=np.array([(e.source, e.target) for e in forward], np.int32).reshape(-1, 2),
        recurrent_edges=np.array([e.link for e in recurrent], np.int32).reshape(-1, 3),
        weights=np.array(weights, np.float32),
    )


def with_trained(genome: Genome, weights: NDArray[np.floating]) -> Genome:
    """Return the genome with the weights that its network has after training.

    Args:
        genome: The genome; what is not alive keeps its weights.
        weights: `(n_all_weights,)`, in the order of the network.
    """
    nodes, forward, recurrent = _parts(genome)
    values = iter(weights.tolist())
    edges = [EdgeGene(*edge[:5], next(values)) for edge in (*forward, *recurrent)]
    trained = [
        node._replace(weights=tuple(next(values) for _ in node.weights))
        for node in nodes
        if node.weights
    ]
    return genome.changed(trained, edges)


def n_weights(genome: Genome) -> int:
    """Return how many weights the network of a genome has."""
    return len(genome.alive_edges) + sum(len(node.weights) for node in _nodes(genome))


def _nodes(genome: Genome) -> list[NodeGene]:
    alive = genome.alive
    return [node for node in genome.nodes if node.number in alive or node.kind in (INPUT, OUTPUT)]


def _parts(genome: Genome) -> tuple[list[NodeGene], list[EdgeGene], list[EdgeGene]]:
    """Return nodes, edges and recurrent edges in the order of the network."""
    forward = [edge for edge in genome.alive_edges if edge.skip == FORWARD]
    recurrent = [edge for edge in genome.alive_edges if edge.skip != FORWARD]
    return _nodes(genome), forward, recurrent
