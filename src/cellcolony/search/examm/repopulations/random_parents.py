"""Repopulation from random genomes of two islands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm import repopulations
from cellcolony.search.examm.islands import Island, Member, others


@repopulations.register("random_parents", n_others=2)
def random_parents(
    islands: Sequence[Island], at: int, rng: np.random.Generator
) -> tuple[Member, ...]:
    """Cross genomes drawn evenly from two other islands, each pair with the same chance [ours]."""
    elsewhere = others(islands, at)
    pair = (elsewhere[i].members for i in rng.choice(len(elsewhere), 2, replace=False).tolist())
    return tuple(members[rng.integers(len(members))] for members in pair)
