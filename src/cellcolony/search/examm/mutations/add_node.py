"""Add a hidden node at a random depth, with about as many links as the others have and two more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import FORWARD, INPUT, Genome, Link, NodeGene
from cellcolony.search.examm.growth import linked, new_node
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import NewWeights

SHALLOWEST = 1e-9
"""Hidden nodes are deeper than inputs."""


@mutations.register("add_node")
def add_node(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Add a node of a uniform depth and cell, linked to nodes drawn at random.

    The numbers of links into it and out of it are max(1, 2 + Normal(mean, deviation)) of those of
    the genome's enabled nodes, rounded, and at most as many as there are places [ours]. Each link
    is recurrent with a probability that is the share of recurrent ones among the active edges.
    """
    depth = rng.uniform(SHALLOWEST, 1.0)
    nodes, edges = genome.enabled_nodes, genome.active_edges
    share = sum(edge.skip != FORWARD for edge in edges) / len(edges)
    n_in = _n_links(nodes, (edge.target for edge in edges), rng)
    n_out = _n_links(nodes, (edge.source for edge in edges), rng)
    shallower = [node.number for node in nodes if node.depth < depth]
    deeper = [node.number for node in nodes if node.depth > depth]
    targets = [node.number for node in nodes if node.kind != INPUT]
    sources = _draw(n_in, share, shallower, [n.number for n in nodes], context.max_skip, rng)
    ends = _draw(n_out, share, deeper, targets, context.max_skip, rng)
    weights = NewWeights.like(genome)
    cell = context.cells[rng.integers(len(context.cells))]
    node = new_node(depth, cell, weights, context.innovations, rng)
    links = [Link(source, node.number, skip) for source, skip in sources]
    links += [Link(node.number, target, skip) for target, skip in ends]
    return linked(genome.changed([node]), links, weights, context.innovations, rng)


def _n_links(nodes: Sequence[NodeGene], ends: Iterable[int], rng: np.random.Generator) -> int:
    """Return how many links a new node gets on one side, from the numbers that others have."""
    found = Counter(ends)
    counts = np.array([found[node.number] for node in nodes])
    return max(1, round(2 + rng.normal(counts.mean(), counts.std())))


def _draw(
    n: int,
    share: float,
    forward: Sequence[int],
    recurrent: Sequence[int],
    max_skip: int,
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    """Return the other ends of links and their skips, all different."""
    n_recurrent = min(int(rng.binomial(n, share)), len(recurrent) * max_skip)
    n_forward = min(n - n_recurrent, len(forward))
    chosen = rng.choice(len(forward), n_forward, replace=False).tolist()
    drawn = rng.choice(len(recurrent) * max_skip, n_recurrent, replace=False).tolist()
    links = [(forward[i], FORWARD) for i in chosen]
    return links + [(recurrent[i // max_skip], i % max_skip + 1) for i in drawn]
