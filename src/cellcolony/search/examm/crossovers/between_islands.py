"""Crossover between islands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cellcolony.search.examm.islands import Island, Member, others


def between_islands(
    islands: Sequence[Island], at: int, rng: np.random.Generator
) -> tuple[Member, ...] | None:
    """Return a member of an island and the best of another, both drawn evenly [ours].

    None where nobody lives on another island.
    """
    elsewhere = others(islands, at)
    if not elsewhere:
        return None
    members = islands[at].members
    mine = members[rng.integers(len(members))]
    return mine, elsewhere[rng.integers(len(elsewhere))].members[0]
