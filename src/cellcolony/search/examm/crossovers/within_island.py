"""Crossover within an island."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm.islands import Island, Member


def within_island(
    islands: Sequence[Island], at: int, rng: np.random.Generator
) -> tuple[Member, ...] | None:
    """Return two members of an island, each pair with the same chance [ours]; None of a single."""
    members = islands[at].members
    if len(members) < 2:
        return None
    return tuple(members[i] for i in rng.choice(len(members), 2, replace=False).tolist())
