"""Explorer ants: forward edges alone, from the virtual start to an output (ASNE, section 3.3)."""

from dataclasses import replace

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.roulette import roulette, spin
from cellcolony.search.ants.trail import Ground, Trail


@species.register("explorer", social=False, source="ElSaid et al. 2020, section 3.3")
def explorer(ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator) -> Trail:
    """Walk from the start to an input, then over forward edges until an output is reached."""
    start, forward = trail.start.copy(), trail.forward.copy()
    at = roulette(ground.start[None, :], np.zeros(n_ants, np.int64), rng)  # (n_ants,)
    start[at] = True
    wheels = ground.forward.cumsum(axis=1)
    while len(at):
        to = spin(wheels, at, rng)
        forward[at, to] = True
        at = to[to < ground.structure.first_output]  # (n_still_walking,)
    return replace(trail, start=start, forward=forward)
