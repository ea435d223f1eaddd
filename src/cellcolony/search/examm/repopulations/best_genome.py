"""Repopulation from the best genome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm import repopulations
from cellcolony.search.examm.islands import Island, Member, best_of, others


@repopulations.register("best_genome", n_others=1)
def best_genome(islands: Sequence[Island], at: int, rng: np.random.Generator) -> tuple[Member, ...]:
    """Mutate the best genome of all other islands."""
    return (best_of(others(islands, at)),)
