"""Clone: the child is its parent, and is trained on."""

import numpy as np

from cellcolony.search.examm import mutations
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.mutations import Context


@mutations.register("clone")
def clone(genome: Genome, rng: np.random.Generator, context: Context) -> Genome:
    """Change nothing: training goes on from the weights that there are."""
    return genome
