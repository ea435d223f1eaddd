"""Who becomes a parent, within a species [ours: the paper says only that selection is separate]."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cellcolony.search.nodes.species import Member


def breeders(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members that may breed: those that did not fail, or all if all failed."""
    sound = tuple(member for member in members if math.isfinite(member.loss))
    return sound or tuple(members)


def tournament(pool: Sequence[Member], size: int, rng: np.random.Generator) -> Member:
    """Return the best of `size` members, each drawn from all with the same chance.

    Args:
        pool: The members, best first.
        size: How many are drawn; one may be drawn twice.
        rng: Draws them.
    """
    return pool[int(rng.integers(len(pool), size=size).min())]
