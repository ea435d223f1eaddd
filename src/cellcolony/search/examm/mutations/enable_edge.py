"""Enable an edge of either kind."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.mutations import Context


@mutations.register("enable_edge")
def enable_edge(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Enable a disabled edge between enabled nodes; it has the weight that it had."""
    enabled = {node.number for node in genome.enabled_nodes}
    disabled = [
        edge
        for edge in genome.edges
        if not edge.enabled and edge.source in enabled and edge.target in enabled
    ]
    if not disabled:
        return None
    chosen = disabled[rng.integers(len(disabled))]
    return genome.changed(edges=[chosen._replace(enabled=True)])
