"""Mutate the structure: a new node splits a link."""

from __future__ import annotations

import numpy as np

from cellcolony.search.neat.genome import Genome, Layout
from cellcolony.search.neat.innovations import Innovations


def add_node(
    genome: Genome, layout: Layout, innovations: Innovations, rng: np.random.Generator
) -> Genome | None:
    """Return the genome with an enabled link split; None where there is none to split.

    The link is disabled; a link of weight 1 leads into the new node, one of the old weight out of
    it. Links of the bias are not split: no input would reach the node [ours].
    """
    places = np.flatnonzero(genome.enabled & (genome.ends[:, 0] != layout.bias))
    if not len(places):
        return None
    place = int(places[rng.integers(len(places))])
    source, target = genome.ends[place].tolist()
    node = innovations.node(int(genome.numbers[place]))
    ends = [(source, node), (node, target)]
    enabled = genome.enabled.copy()
    enabled[place] = False
    numbers = [innovations.link(*one) for one in ends]
    return genome.with_links(numbers, ends, [1.0, genome.weights[place]], enabled)
