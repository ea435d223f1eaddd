"""Split an edge: a node comes between its ends."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import FORWARD, Genome, Link
from cellcolony.search.examm.growth import linked, new_node
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import NewWeights


@mutations.register("split_edge", rate=0.0)
def split_edge(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Put a node of a uniform cell halfway between the ends of an active forward edge.

    The edge is disabled. Published is the name alone: how it is split is [ours].
    """
    depth = {number: node.depth for number, node in genome.node.items()}
    places = [
        (edge, middle)
        for edge in genome.active_edges
        if edge.skip == FORWARD
        and depth[edge.source]
        < (middle := (depth[edge.source] + depth[edge.target]) / 2)
        < depth[edge.target]
    ]
    if not places:
        return None
    edge, middle = places[rng.integers(len(places))]
    weights = NewWeights.like(genome)
    cell = context.cells[rng.integers(len(context.cells))]
    node = new_node(middle, cell, weights, context.innovations, rng)
    links = [Link(edge.source, node.number, FORWARD), Link(node.number, edge.target, FORWARD)]
    child = genome.changed([node], [edge._replace(enabled=False)])
    return linked(child, links, weights, context.innovations, rng)
