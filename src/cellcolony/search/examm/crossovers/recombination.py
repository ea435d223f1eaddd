"""Recombination of two genomes, whose genes line up by their innovation numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cellcolony.search.examm.genome import EdgeGene, Genome, NodeGene
from cellcolony.search.examm.new_weights import WEIGHT_LIMIT

STEPS = (-0.5, 1.5)
"""Where a weight of the child lies: 0 is the fitter's, 1 the other's."""


def recombined(fitter: Genome, other: Genome, rng: np.random.Generator) -> Genome:
    """Return the child of two genomes; both stay as they are.

    A gene of both gets w1 + r (w2 - w1) with w1 of the fitter and r from U(-0.5, 1.5), drawn for
    each edge and each node [ours], and held in [-10, 10] [ours]; it is enabled where the fitter's
    is [ours]. All other genes of the fitter are kept. An edge that only the other has comes with
    probability 0.5, and so does a node of the other that such an edge needs, as it is [ours].

    So whatever output the fitter reaches, the child reaches.
    """
    ours = {edge.number for edge in fitter.edges}
    foreign = [edge for edge in other.edges if edge.number not in ours]
    come = rng.random(len(foreign)) < 0.5
    brought = [edge for edge, comes in zip(foreign, come.tolist(), strict=True) if comes]
    nodes = _nodes(fitter, other, rng)
    needed = {end for edge in brought for end in (edge.source, edge.target)}
    needed -= {node.number for node in nodes}
    return Genome(tuple(nodes), tuple(_edges(fitter, other, rng))).changed(
        [other.node[number] for number in needed], brought
    )


def _edges(fitter: Genome, other: Genome, rng: np.random.Generator) -> list[EdgeGene]:
    weight_of = {edge.number: edge.weight for edge in other.edges}
    mixed = _mixed(
        [edge.weight for edge in fitter.edges],
        [weight_of.get(edge.number, edge.weight) for edge in fitter.edges],
        rng.uniform(*STEPS, len(fitter.edges)),
    )
    return [
        EdgeGene(*edge[:5], weight) if edge.number in weight_of else edge
        for edge, weight in zip(fitter.edges, mixed, strict=True)
    ]


def _nodes(fitter: Genome, other: Genome, rng: np.random.Generator) -> list[NodeGene]:
    nodes: list[NodeGene] = []
    for node in fitter.nodes:
        mate = other.node.get(node.number)
        if mate is not None and node.weights:
            weights = _mixed(node.weights, mate.weights, rng.uniform(*STEPS))
            node = node._replace(weights=tuple(weights))
        nodes.append(node)
    return nodes


def _mixed(w1: ArrayLike, w2: ArrayLike, r: ArrayLike) -> list[float]:
    w1 = np.asarray(w1)
    return (w1 + r * (np.asarray(w2) - w1)).clip(-WEIGHT_LIMIT, WEIGHT_LIMIT).tolist()
