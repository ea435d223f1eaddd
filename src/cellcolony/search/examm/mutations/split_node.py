"""Split a node into two that share its links."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import Genome, Link, NodeGene
from cellcolony.search.examm.growth import first_whole, linked, new_node
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import NewWeights


@mutations.register("split_node")
def split_node(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Replace a hidden node by two, each linked to each of its links with probability 0.5.

    Each of the two has at least one link in and one out. The node is disabled; the two have its
    depth and its cell, and a recurrent edge from it to itself becomes one of each to itself, with
    the same probability [ours].
    """
    weights = NewWeights.like(genome)

    def halved(node: NodeGene) -> Genome:
        into, out, loops = _links_of(genome, node)
        twins, links = [], []
        for _ in range(2):
            twin = new_node(node.depth, node.cell, weights, context.innovations, rng)
            links += [one._replace(target=twin.number) for one in _some(into, rng)]
            links += [one._replace(source=twin.number) for one in _some(out, rng)]
            links += [
                Link(twin.number, twin.number, loop.skip) for loop in loops if rng.random() < 0.5
            ]
            twins.append(twin)
        child = genome.changed([node._replace(enabled=False), *twins])
        return linked(child, links, weights, context.innovations, rng)

    places = [node for node in genome.hidden if all(_links_of(genome, node)[:2])]
    return first_whole(places, halved, rng)


def _links_of(genome: Genome, node: NodeGene) -> tuple[list[Link], list[Link], list[Link]]:
    """Return the links into a node, out of it, and from it to itself."""
    number = node.number
    links = [edge.link for edge in genome.active_edges if number in (edge.source, edge.target)]
    loops = [link for link in links if link.source == link.target]
    into = [link for link in links if link.target == number != link.source]
    return into, [link for link in links if link.source == number != link.target], loops


def _some(links: Sequence[Link], rng: np.random.Generator) -> list[Link]:
    """Return each link with probability 0.5, and at least one."""
    chosen = [
        link for link, x in zip(links, rng.random(len(links)).tolist(), strict=True) if x < 0.5
    ]
    return chosen or [links[int(rng.integers(len(links)))]]
