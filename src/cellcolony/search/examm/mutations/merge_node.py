"""Merge two nodes into one that has the links of both."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import FORWARD, Genome, Link, NodeGene
from cellcolony.search.examm.growth import first_whole, linked, new_node
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import NewWeights


@mutations.register("merge_node")
def merge_node(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Replace two hidden nodes by one of their mean depth with the union of their links.

    Both are disabled. The new one has the cell of either; a recurrent edge between the two, or of
    one to itself, becomes one to itself; a forward edge between them, or one that would not lead to
    greater depth, is left out [ours].
    """
    weights = NewWeights.like(genome)

    def merged(pair: tuple[NodeGene, NodeGene]) -> Genome:
        depth = (pair[0].depth + pair[1].depth) / 2
        cell = pair[rng.integers(2)].cell
        node = new_node(depth, cell, weights, context.innovations, rng)
        child = genome.changed([*(one._replace(enabled=False) for one in pair), node])
        links = _moved(genome, {one.number for one in pair}, node)
        return linked(child, links, weights, context.innovations, rng)

    return first_whole(list(combinations(genome.hidden, 2)), merged, rng)


def _moved(genome: Genome, merged: set[int], node: NodeGene) -> list[Link]:
    """Return the links of some nodes as links of one node that replaces them."""
    depth = {number: one.depth for number, one in genome.node.items()}
    depth |= dict.fromkeys(merged, node.depth)
    links: dict[Link, None] = {}  # a set in the order of the edges
    for edge in genome.active_edges:
        if merged.isdisjoint((edge.source, edge.target)):
            continue
        if edge.skip == FORWARD and not depth[edge.source] < depth[edge.target]:
            continue
        source, target = (
            node.number if end in merged else end for end in (edge.source, edge.target)
        )
        links[Link(source, target, edge.skip)] = None
    return list(links)
