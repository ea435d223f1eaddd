"""Mutation of the best, niche by niche, beside openers that are drawn again.

What inherits weights comes to fit the validation rows; an opener with other first weights does not,
and which openers are worth it the race has shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cellcolony.search.taps.blueprint import Blueprint, Structure
from cellcolony.search.taps.contender import LINEAR, PLAIN
from cellcolony.search.taps.guide import GuideKind, Proposal
from cellcolony.search.taps.openers import openers
from cellcolony.search.taps.race import PRESSURE, Race
from cellcolony.search.taps.registry import GUIDES
from cellcolony.search.taps.space import Picks, Space
from cellcolony.search.taps.variation import retrained, vary

OWN_TRAINING = 0.25
"""The probability that how an opener is trained is drawn evenly, and not like one of the best."""


class Elite:
    """Varies one of the best of a niche; shares of the proposals are openers, or drawn evenly.

    Args:
        space: What can be chosen.
    """

    def __init__(self, space: Space) -> None:
        self._space = space

    def propose(self, race: Race, columns: frozenset[int], rng: np.random.Generator) -> Proposal:
        """Return a varied network, an opener once more, or one that is drawn evenly."""
        settings = self._space.settings
        if rng.random() < settings.again:
            return Proposal(self._opener(race, columns, rng))
        if rng.random() >= settings.anew:
            parent = race.draw(settings.population, rng)
            if parent is not None:
                assert parent.blueprint is not None
                return Proposal(vary(parent.blueprint, self._space, columns, rng), parent)
        return Proposal(self._space.draw(columns, rng)[0])

    def _opener(self, race: Race, columns: frozenset[int], rng: np.random.Generator) -> Blueprint:
        """Return an opener of either niche, those that did best in the race the most."""
        found = openers(self._space, columns, rng, with_linear=False)
        niche = (PLAIN, LINEAR)[rng.integers(2)]
        some = [one for one in found if one.from_linear == (niche == LINEAR)] or found
        known = [one.blueprint for one in race.everybody(niche) if one.blueprint is not None]
        places: dict[Structure, int] = {}
        for place, one in enumerate(known):  # the best first
            places.setdefault(one.structure, place)
        some.sort(key=lambda one: places.get(one.structure, len(known)))
        one = some[int(len(some) * rng.random() ** PRESSURE)]
        like = race.draw_of(niche, self._space.settings.population, rng)
        if like is None or rng.random() < OWN_TRAINING:
            return one
        return retrained(replace(one, rate=like.rate, weight_decay=like.weight_decay), rng)

    def learn(self, picks: Picks, loss: float) -> None:
        """Learn nothing beside the race itself."""

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def _restore(space: Space, state: Mapping[str, Any]) -> Elite:
    return Elite(space)


GUIDES.register("elite")(
    GuideKind(
        Elite,
        _restore,
        "Mutations of the best of each niche, and openers drawn again.",
        "ours",
    )
)
