"""The race of taps: its rungs, and the best of each niche, who are varied."""

from __future__ import annotations

from cellcolony.search.rungs import Rungs
from cellcolony.search.taps.contender import NICHES, Contender
from cellcolony.search.taps.settings import Taps

SCREENING, PRUNING = "screening", "pruning"


class Race(Rungs[Contender]):
    """The rungs of a race of taps."""

    @classmethod
    def of(cls, settings: Taps) -> Race:
        """Return the race before anybody has run."""
        others = {SCREENING: settings.screening, PRUNING: settings.pruning}
        return cls.start(settings.efforts, settings.shares, NICHES, **others)

    def elite(self, niche: str, size: int) -> list[Contender]:
        """Return the best of a niche on all rungs, not too many of one family, best first."""
        found: list[Contender] = []
        families: dict[int, int] = {}
        for one in self.everybody(niche):
            if len(found) < size and families.get(one.family, 0) < max(size // 3, 1):
                families[one.family] = families.get(one.family, 0) + 1
                found.append(one)
        return found

    def best(self, *niches: str) -> Contender | None:
        """Return the best of some niches beyond the lowest rung; None where nobody is."""
        found = [one for niche in niches for one in self.everybody(niche) if one.rung > 0]
        return min(found, key=lambda one: one.order, default=None)
