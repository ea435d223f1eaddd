"""Uniting: two of the best, of different families, become one network that is trained on.

The two stand side by side and read the same inputs; the output is the mean of theirs at first. What
an average of forecasts gains by the difference of its members, one network has so; training them
together may then gain more. A union is a family of its own, so a network may come twice into one.

Source: ours. That an offspring has the genes of both parents, those too that only one of them has,
is the crossover of NEAT (Stanley & Miikkulainen 2002) and EXAMM (Ororbia et al. 2019); here no gene
is shared but inputs and outputs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np

from cellcolony.networks.averaging import average
from cellcolony.search.taps.contender import LINEAR, PLAIN, PRUNED, SMALL, UNITED, Contender
from cellcolony.search.taps.race import PRESSURE, Race
from cellcolony.search.taps.space import FASTEST, SLOWEST

RATE_SHIFT, RATE_STEP = -0.5, 0.5
"""The mean and the standard deviation of the learning rate's change, on a logarithmic scale."""
PRUNED_COUPLES = 1 / 3
"""The share of couples that are pruned networks, where there are some."""
MOST_MEMBERS = 8
"""So many networks at most stand side by side in one."""

Couple: TypeAlias = tuple[Contender, Contender]


def couple_of(race: Race, population: int, rng: np.random.Generator) -> Couple | None:
    """Draw two of the best, of different families; None where there are none.

    Args:
        race: Who has run.
        population: How many of the best of each niche may be drawn.
        rng: Draws; the better one is, the more.
    """
    niches = (PRUNED, SMALL) if rng.random() < PRUNED_COUPLES else (PLAIN, LINEAR, UNITED)
    some = [one for niche in niches for one in race.elite(niche, population) if one.rung > 0]
    some = sorted(some, key=lambda one: one.order)[:population]
    if not some:
        return None
    first = some[int(len(some) * rng.random() ** PRESSURE)]
    others = [one for one in some if one.family != first.family]
    others = [one for one in others if one.members + first.members <= MOST_MEMBERS]
    return (first, others[int(len(others) * rng.random() ** PRESSURE)]) if others else None


def united(couple: Couple, number: int, rung: int, rng: np.random.Generator) -> Contender:
    """Return two contenders as one, before its training.

    Raises:
        GenomeError: It would have too many nodes.
    """
    one, other = couple
    members = one.members + other.members
    network = average([one.network, other.network], [0.5, 0.5])
    rate = np.sqrt(one.rate * other.rate) * np.exp(rng.normal(RATE_SHIFT, RATE_STEP))
    return replace(
        one, number=number, network=network, blueprint=None, rung=rung, members=members,
        rate=float(np.clip(rate, SLOWEST, FASTEST)), family=number, picks=None,
        weight_decay=(one.weight_decay + other.weight_decay) / 2,
    )  # fmt: skip
