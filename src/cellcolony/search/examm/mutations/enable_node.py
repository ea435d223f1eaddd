"""Enable a node."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.mutations import Context


@mutations.register("enable_node")
def enable_node(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Enable a disabled node, an input too, with those of its edges that are enabled [ours]."""
    disabled = [node for node in genome.nodes if not node.enabled]
    if not disabled:
        return None
    chosen = disabled[rng.integers(len(disabled))]
    return genome.changed([chosen._replace(enabled=True)])
