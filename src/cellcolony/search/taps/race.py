"""The race of taps: its rungs, and the best of each niche, who are varied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cellcolony.search.rungs import Rungs
from cellcolony.search.taps.contender import LINEAR, NICHES, PLAIN, UNITED, Contender
from cellcolony.search.taps.settings import Taps

SCREENING, PRUNING, TEACHING, UNITING = "screening", "pruning", "teaching", "uniting"
PRESSURE = 2.0
"""The rank of whom is drawn is a power of an even number: the best are drawn most."""
FIRST_LONG = 2
"""The first rung whose trainings are long."""
FAR_BEHIND = 1.1
"""Of the lowest loss that waits: where that of a niche is above, it is no longer its turn."""


class Race(Rungs[Contender]):
    """The rungs of a race of taps."""

    @classmethod
    def of(cls, settings: Taps) -> Race:
        """Return the race before anybody has run."""
        left = 1 - settings.teaching - settings.uniting
        others = {
            SCREENING: left * settings.screening,
            PRUNING: left * settings.pruning,
            TEACHING: settings.teaching,
            UNITING: settings.uniting,
        }
        shares = [left * share for share in settings.shares]
        return cls.start(settings.efforts, shares, NICHES, **others)

    def in_turn(self, rung: int) -> Sequence[str]:
        """Return the niches in turn, without unions, which are trained once.

        Where trainings are long, none that is far behind the best has a turn.
        """
        niches = [one for one in super().in_turn(rung) if one != UNITED]
        if rung < FIRST_LONG:
            return niches
        first = {one: some[0].loss for one in niches if (some := self.waiting[rung - 1][one])}
        return [one for one in first if first[one] <= FAR_BEHIND * min(first.values())]

    def admit(self, one: Contender, has_gained: bool = True) -> None:
        """Let a network wait or stay, as `Rungs.admit` does, but nobody under two numbers.

        One that a training has left as it was keeps its number, and stays on the highest rung that
        it has run on: else it would be varied, pruned and taught twice.
        """
        for niches in (*self.waiting, *self.gone):
            for place, known in enumerate(niches[one.niche]):
                if known.is_same(one):
                    self.n_run[one.rung] += 1
                    if one.rung > known.rung:
                        del niches[one.niche][place]
                        self.stay(replace(one, number=known.number, epochs=known.epochs))
                    return
        super().admit(one, has_gained)

    def elite(self, niche: str, size: int) -> list[Contender]:
        """Return the best of a niche on all rungs, not too many of one family, best first."""
        found: list[Contender] = []
        families: dict[int, int] = {}
        for one in self.everybody(niche):
            if len(found) < size and families.get(one.family, 0) < max(size // 3, 1):
                families[one.family] = families.get(one.family, 0) + 1
                found.append(one)
        return found

    def draw(
        self, population: int, rng: np.random.Generator, niches: tuple[str, str] = (PLAIN, LINEAR)
    ) -> Contender | None:
        """Draw one of the best of two niches; None where there is nobody in either.

        Args:
            population: How many of the best of each niche may be drawn.
            rng: Draws; the better one is, the more.
            niches: Each is as likely as the other, whoever is in it.
        """
        in_order = niches[::-1] if rng.integers(2) else niches
        found = (self.draw_of(niche, population, rng) for niche in in_order)
        return next((one for one in found if one is not None), None)

    def draw_of(self, niche: str, population: int, rng: np.random.Generator) -> Contender | None:
        """Draw one of the best of a niche, as `draw` does."""
        elite = self.elite(niche, population)
        return elite[int(len(elite) * rng.random() ** PRESSURE)] if elite else None

    def best(self, *niches: str) -> Contender | None:
        """Return the best of some niches beyond the lowest rung; None where nobody is."""
        found = [one for niche in niches for one in self.everybody(niche) if one.rung > 0]
        return min(found, key=lambda one: one.order, default=None)
