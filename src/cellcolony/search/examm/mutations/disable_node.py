"""Disable a node."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import OUTPUT, Genome, NodeGene
from cellcolony.search.examm.growth import first_whole
from cellcolony.search.examm.mutations import Context


@mutations.register("disable_node")
def disable_node(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Disable a hidden node or an input without which every output is still reached.

    Its edges rest while it is disabled, and keep their own flag [ours].
    """

    def without(node: NodeGene) -> Genome:
        return genome.changed([node._replace(enabled=False)])

    return first_whole([n for n in genome.enabled_nodes if n.kind != OUTPUT], without, rng)
