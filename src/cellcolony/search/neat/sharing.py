"""Explicit fitness sharing: how many offspring each species has (2002, section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cellcolony.search.neat.settings import Neat
from cellcolony.search.neat.species import Member, Species


def fitness(loss: float) -> float:
    """Return a positive fitness, 1 / (1 + loss), 0 for a failure [ours: the paper maximises]."""
    return 1.0 / (1.0 + loss)


def shared_fitness(members: Sequence[Member]) -> float:
    """Return the sum over a species of each member's fitness, divided by the species' size."""
    return sum(fitness(one.loss) for one in members) / len(members)


def stagnant(
    species: Sequence[Species], members: Mapping[int, Sequence[Member]], settings: Neat
) -> int | None:
    """Return the species that may not breed: the worst of those that are too old; None for none.

    A species that is alone breeds whatever its age [ours].
    """
    old = [one for one in species if one.age > settings.stagnation]
    if not old or len(species) == 1:
        return None
    return min(old, key=lambda one: (shared_fitness(members[one.id]), -one.id)).id


def offspring_counts(
    species: Sequence[Species], members: Mapping[int, Sequence[Member]], settings: Neat
) -> dict[int, int]:
    """Return how many offspring each species has, in proportion to its shared fitness.

    What is left after rounding down goes to the largest remainders [ours].
    """
    barred = stagnant(species, members, settings)
    ids = [one.id for one in species if one.id != barred]
    shares = np.array([shared_fitness(members[id]) for id in ids])
    if shares.sum() == 0:  # nothing of this generation could be scored
        shares[:] = 1.0
    exact = settings.population * shares / shares.sum()
    counts = np.floor(exact).astype(int)
    left = settings.population - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:left]] += 1
    return dict(zip(ids, counts.tolist(), strict=True))
