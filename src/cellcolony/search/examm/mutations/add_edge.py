"""Add an edge between two nodes of different depth."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import FORWARD, Genome, Link
from cellcolony.search.examm.growth import linked
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import NewWeights


@mutations.register("add_edge")
def add_edge(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Link two enabled nodes of different depth; a disabled edge between them is enabled.

    Each pair without an active edge has the same chance [ours].
    """
    nodes = genome.enabled_nodes
    depth = np.array([node.depth for node in nodes])
    place = {node.number: i for i, node in enumerate(nodes)}
    free = depth[:, None] < depth  # (n_nodes, n_nodes): source, target
    for edge in genome.active_edges:
        if edge.skip == FORWARD:
            free[place[edge.source], place[edge.target]] = False
    pairs = np.flatnonzero(free)
    if not len(pairs):
        return None
    source, target = divmod(int(pairs[rng.integers(len(pairs))]), len(nodes))
    link = Link(nodes[source].number, nodes[target].number, FORWARD)
    return linked(genome, [link], NewWeights.like(genome), context.innovations, rng)
