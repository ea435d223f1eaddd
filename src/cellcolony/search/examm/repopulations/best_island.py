"""Repopulation from the best island."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm import repopulations
from cellcolony.search.examm.islands import Island, Member, others


@repopulations.register("best_island", n_others=1)
def best_island(islands: Sequence[Island], at: int, rng: np.random.Generator) -> tuple[Member, ...]:
    """Mutate genomes of the island that has the best one, each with the same chance [ours]."""
    best = min(others(islands, at), key=lambda island: island.members[0].rank)
    return (best.members[rng.integers(len(best.members))],)
