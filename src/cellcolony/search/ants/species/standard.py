"""Standard ants: over edges of every kind, until an output is reached (ASNE, section 3.3)."""

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.free_walk import open_ground, wander
from cellcolony.search.ants.trail import Ground, Trail


@species.register("standard", social=False, source="ElSaid et al. 2020, section 3.3")
def standard(ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator) -> Trail:
    """Walk from the start to an input, then over edges of any kind until an output is reached.

    Recurrent edges back far outnumber those that lead on, so that networks come out dense.
    """
    return wander(open_ground(ground), trail, n_ants, rng)
