"""Disable an edge of either kind."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import EdgeGene, Genome
from cellcolony.search.examm.growth import first_whole
from cellcolony.search.examm.mutations import Context


@mutations.register("disable_edge")
def disable_edge(genome: Genome, rng: np.random.Generator, context: Context) -> Genome | None:
    """Disable an active edge without which every output is still reached."""

    def without(edge: EdgeGene) -> Genome:
        return genome.changed(edges=[edge._replace(enabled=False)])

    return first_whole(genome.active_edges, without, rng)
