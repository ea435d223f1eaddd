"""How genomes grow: links are made, and nodes with the links that they come with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from cellcolony.search.examm.genome import HIDDEN, EdgeGene, Genome, Link, NodeGene
from cellcolony.search.examm.innovations import Innovations
from cellcolony.search.examm.new_weights import NewWeights

T = TypeVar("T")


def linked(
    genome: Genome,
    links: Iterable[Link],
    weights: NewWeights,
    innovations: Innovations,
    rng: np.random.Generator,
) -> Genome:
    """Return the genome with links: where it has a disabled edge, that one is enabled.

    Args:
        genome: The genome.
        links: What is linked; forward edges lead to greater depth.
        weights: Draws the weights of new edges.
        innovations: Gives them their numbers.
        rng: The random stream.
    """
    links = list(links)
    drawn = weights.draw(len(links), rng)
    edges = []
    for link, weight in zip(links, drawn, strict=True):
        number = innovations.of_edge(link)
        known = genome.edge.get(number)
        if known is None:
            edges.append(EdgeGene(number, *link, True, weight))
        else:
            edges.append(known._replace(enabled=True))
    return genome.changed(edges=edges)


def new_node(
    depth: float,
    cell: str,
    weights: NewWeights,
    innovations: Innovations,
    rng: np.random.Generator,
) -> NodeGene:
    """Return a hidden node without links."""
    number = innovations.of_new_node()
    return NodeGene(number, HIDDEN, depth, cell, True, weights.draw_for_cell(cell, rng))


def first_whole(
    places: Sequence[T], change: Callable[[T], Genome], rng: np.random.Generator
) -> Genome | None:
    """Return the genome changed at a place where every output is still reached; None if at none.

    Places are looked at in random order, so each that is legal has the same chance.

    Args:
        places: Where the genome could be changed.
        change: Returns the genome changed at one place.
        rng: The random stream.
    """
    for i in rng.permutation(len(places)).tolist():
        child = change(places[i])
        if child.is_whole:
            return child
    return None
