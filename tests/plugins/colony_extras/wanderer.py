"""A species of ants that walks as explorers do."""

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.species.explorer import explorer
from cellcolony.search.ants.trail import Ground, Trail


@species.register("wanderer", social=False, source="a test")
def wanderer(ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator) -> Trail:
    """Walk from the start to an output."""
    return explorer(ground, trail, n_ants, rng)
