"""Given networks as genomes: every island begins with one of them.

Source: ElSaid, Karns, Lyu, Krutz, Ororbia & Desell 2020, "Neuroevolutionary transfer learning of
deep recurrent neural networks through network-aware adaptation", where the seed genome of the
search is the network that was trained on other data.
"""

from __future__ import annotations

from typing import NamedTuple

from cellcolony.contract import Problem, Start
from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network
from cellcolony.search.examm.genome import (
    FORWARD,
    HIDDEN,
    INPUT,
    OUTPUT,
    EdgeGene,
    Genome,
    Link,
    NodeGene,
)
from cellcolony.search.examm.innovations import Innovations
from cellcolony.search.examm.settings import Examm


class Given(NamedTuple):
    """A genome that a search begins with.

    Attributes:
        origin: Where it comes from.
        genome: The genome, with its weights.
        epochs: The epochs of training behind them.
    """

    origin: str
    genome: Genome
    epochs: int


def genome_of(
    start: Start, network: Network, settings: Examm, problem: Problem, innovations: Innovations
) -> Genome:
    """Return the genome of a network, all of whose genes are enabled.

    Args:
        start: Where it comes from.
        network: The network, as `search.starts.network_of_start` returns it.
        settings: Those of the search.
        problem: The columns.
        innovations: Give out the numbers of its genes.

    Raises:
        ConfigError: An edge reaches back farther than edges of the search do.
    """
    if network.max_skip > settings.max_skip:
        raise ConfigError(
            f"{start.origin} has an edge that reaches {network.max_skip} rows back, and those of "
            f"the search reach {settings.max_skip} at most. Give --max-skip {network.max_skip}."
        )
    assert network.weights is not None
    weights, offsets = network.weights.tolist(), network.cell_offsets
    ends = iter([*list(offsets.values())[1:]])
    own = {
        node.id: tuple(weights[offsets[node.id] : next(ends)])
        for node in network.nodes
        if node.kind != INPUT
    }
    hidden = [node for node in network.nodes if node.kind == HIDDEN]
    number_of = {node.id: node.id for node in network.nodes if node.kind != HIDDEN}
    number_of |= {node.id: innovations.of_new_node() for node in hidden}
    depths = sorted({node.depth for node in hidden})
    depth_of = {depth: (i + 1) / (len(depths) + 1) for i, depth in enumerate(depths)}
    inputs = [NodeGene(i, INPUT, 0.0, "", True) for i in range(len(problem.inputs))]
    outputs = [
        NodeGene(node.id, OUTPUT, 1.0, node.cell, True, own[node.id]) for node in network.outputs
    ]
    between = [
        NodeGene(number_of[one.id], HIDDEN, depth_of[one.depth], one.cell, True, own[one.id])
        for one in hidden
    ]
    links = [Link(number_of[a], number_of[b], FORWARD) for a, b in network.edges.tolist()]
    links += [Link(number_of[a], number_of[b], k) for a, b, k in network.recurrent_edges.tolist()]
    edges = [
        EdgeGene(innovations.of_edge(link), *link, True, weight)
        for link, weight in zip(links, weights, strict=False)
    ]
    return Genome((*inputs, *outputs, *between), tuple(sorted(edges)))
