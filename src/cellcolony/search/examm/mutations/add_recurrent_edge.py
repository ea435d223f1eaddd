"""Add a recurrent edge between any two nodes, but into no input."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import FORWARD, INPUT, Genome, Link
from cellcolony.search.examm.growth import linked
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import NewWeights


@mutations.register("add_recurrent_edge")
def add_recurrent_edge(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Link two enabled nodes, or one to itself, over a uniform number of steps.

    Each source, target and skip without an active edge has the same chance; a disabled edge is
    enabled [ours].
    """
    sources = [node.number for node in genome.enabled_nodes]
    targets = [node.number for node in genome.enabled_nodes if node.kind != INPUT]
    place_of = {number: i for i, number in enumerate(sources)}
    column_of = {number: i for i, number in enumerate(targets)}
    skips = context.max_skip
    taken = sorted(
        (place_of[edge.source] * len(targets) + column_of[edge.target]) * skips + edge.skip - 1
        for edge in genome.active_edges
        if FORWARD < edge.skip <= skips
    )
    n_free = len(sources) * len(targets) * skips - len(taken)
    if n_free <= 0:
        return None
    choice = int(rng.integers(n_free))
    for one in taken:  # the choice-th of those that are free
        choice += one <= choice
    pair, skip = divmod(choice, skips)
    source, target = divmod(pair, len(targets))
    link = Link(sources[source], targets[target], skip + 1)
    return linked(genome, [link], NewWeights.like(genome), context.innovations, rng)
