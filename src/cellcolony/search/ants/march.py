"""One march: the union of all ants' walks is the next network (ASNE, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.ants.species import SPECIES
from cellcolony.search.ants.trail import Ground, Trail

MAX_FREE_MARCHES = 10
"""After so many marches that missed an output, one ant is sent to each [ours].

The authors' program repeats without end; with as many outputs as ants that is hopeless.
"""


def march(
    ground: Ground, species: Sequence[str], n_ants: int, rng: np.random.Generator
) -> tuple[Trail, int]:
    """Let every species walk, social ones last and in the order given.

    A march that leaves an output without an ant is repeated. The march after `MAX_FREE_MARCHES`
    gives each output one ant that may enter no other, and leaves the other ants free.

    Returns:
        The trail, and how many marches it took.
    """
    founders = [SPECIES[name].march for name in species if not SPECIES[name].social]
    followers = [SPECIES[name].march for name in species if SPECIES[name].social]
    structure = ground.structure
    n_marches, trail = 0, Trail.empty(structure)
    while not trail.reaches_every_output:
        n_marches += 1
        trail, n_free = Trail.empty(structure), n_ants
        if n_marches > MAX_FREE_MARCHES:
            n_free -= structure.n_outputs
            for output in range(structure.first_output, structure.n_nodes):
                trail = founders[0](ground.leading_to(output), trail, 1, rng)
        for walk in founders:
            trail = walk(ground, trail, n_free, rng)
    for walk in followers:
        trail = walk(ground, trail, n_ants, rng)
    return trail, n_marches
