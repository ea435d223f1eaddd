"""Repopulation from the best genomes of two islands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm import repopulations
from cellcolony.search.examm.islands import Island, Member, others


@repopulations.register("best_parents", n_others=2)
def best_parents(
    islands: Sequence[Island], at: int, rng: np.random.Generator
) -> tuple[Member, ...]:
    """Cross the best genomes of two other islands, each pair with the same chance [ours]."""
    elsewhere = others(islands, at)
    pair = rng.choice(len(elsewhere), 2, replace=False).tolist()
    return tuple(elsewhere[i].members[0] for i in pair)
