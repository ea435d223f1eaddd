"""The race: who is trained longer, and who is varied.

Training is given out in shares: each rung of the race, screening and pruning have theirs, and what
is furthest behind its share comes next. So the race can end at any moment, by any budget, and has
spent it as it was meant to be. Within a rung the best of each niche go on in turn.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.search.taps.contender import NICHES, PRUNED, Contender
from cellcolony.search.taps.settings import Taps

KEPT = 16
"""So many contenders of each niche wait on each rung; worse ones are forgotten."""
FEWEST = 6
"""So many must have run on a rung before the first goes on to the next."""
SCREENING, PRUNING = "screening", "pruning"


@dataclass
class Race:
    """Who waits on which rung, and what was spent.

    Attributes:
        settings: Efforts and shares.
        rungs: Those who wait, best first, by rung and niche.
        done: Those who have gone on to the next rung and may still be varied, best first, by rung
            and niche.
        n_run: How many have run on each rung.
        spent: The effort given out, by rung and by "screening" and "pruning".
        last: The niche of which one went on last, by rung.
    """

    settings: Taps
    rungs: list[dict[str, list[Contender]]]
    done: list[dict[str, list[Contender]]]
    n_run: list[int]
    spent: dict[str, int]
    last: list[str] = field(default_factory=list)

    @staticmethod
    def start(settings: Taps) -> Race:
        """Return the race before anybody has run."""
        n = len(settings.efforts)
        keys = (*map(str, range(n)), SCREENING, PRUNING)
        empty = [_niches() for _ in range(n)], [_niches() for _ in range(n)]
        return Race(settings, *empty, [0] * n, dict.fromkeys(keys, 0), [PRUNED] * n)

    def is_due(self, what: str, effort: int) -> bool:
        """Say whether something may have so much effort now by its share."""
        shares = {
            **{str(rung): share for rung, share in enumerate(self.settings.shares)},
            SCREENING: self.settings.screening,
            PRUNING: self.settings.pruning,
        }
        total = sum(self.spent.values()) + effort
        return self.spent[what] + effort <= shares[what] * total

    def spend(self, what: str, effort: int) -> None:
        """Count effort that is given out."""
        self.spent[what] += effort

    def promote(self) -> Contender | None:
        """Return who goes on to the next rung now, as it waited; None for nobody."""
        for rung in reversed(range(1, len(self.settings.efforts))):
            if self.n_run[rung - 1] < FEWEST:
                continue
            if not self.is_due(str(rung), self.settings.efforts[rung]):
                continue
            waiting = self.rungs[rung - 1]
            turn = NICHES.index(self.last[rung]) + 1
            for niche in (*NICHES[turn:], *NICHES[:turn]):
                if waiting[niche]:
                    self.last[rung] = niche
                    self.spend(str(rung), self.settings.efforts[rung])
                    one = waiting[niche].pop(0)
                    _keep(self.done[rung - 1][niche], one)
                    return one
        return None

    def admit(self, one: Contender) -> None:
        """Let a trained contender wait on its rung."""
        self.n_run[one.rung] += 1
        _keep(self.rungs[one.rung][one.niche], one)

    def elite(self, niche: str) -> list[Contender]:
        """Return the best of a niche on all rungs, not too many of one family, best first."""
        size = self.settings.population
        found: list[Contender] = []
        families: dict[int, int] = {}
        everybody = [one for some in (self.rungs, self.done) for rung in some for one in rung[niche]]
        for one in sorted(everybody, key=lambda one: one.order):
            if len(found) < size and families.get(one.family, 0) < max(size // 3, 1):
                families[one.family] = families.get(one.family, 0) + 1
                found.append(one)
        return found

    def best(self, *niches: str) -> Contender | None:
        """Return the best of some niches; None where nobody has run."""
        found = [one for niche in niches for one in self.elite(niche)[:1]]
        return min(found, key=lambda one: one.order, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return what changes, as plain arrays and values."""
        return {
            "rungs": [_to_dict(rung) for rung in self.rungs],
            "done": [_to_dict(rung) for rung in self.done],
            "n_run": list(self.n_run),
            "spent": dict(self.spent),
            "last": list(self.last),
        }

    @staticmethod
    def from_dict(settings: Taps, problem: Problem, data: Mapping[str, Any]) -> Race:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        race = Race.start(settings)
        race.rungs, race.done = (
            [_from_dict(rung, problem) for rung in data[name]] for name in ("rungs", "done")
        )
        race.n_run = [int(n) for n in data["n_run"]]
        race.spent = {str(what): int(n) for what, n in data["spent"].items()}
        race.last = [str(niche) for niche in data["last"]]
        n = len(settings.efforts)
        is_sound = (
            {len(race.rungs), len(race.done), len(race.n_run), len(race.last)} == {n}
            and race.spent.keys() == Race.start(settings).spent.keys()
            and min((*race.n_run, *race.spent.values())) >= 0
            and set(race.last) <= set(NICHES)
        )
        if not is_sound:
            raise ConfigError("The state is that of another race.")
        return race


def _niches() -> dict[str, list[Contender]]:
    return {niche: [] for niche in NICHES}


def _keep(some: list[Contender], one: Contender) -> None:
    insort(some, one, key=lambda one: one.order)
    del some[KEPT:]


def _to_dict(rung: Mapping[str, list[Contender]]) -> list[dict[str, Any]]:
    return [one.to_dict() for some in rung.values() for one in some]


def _from_dict(data: Any, problem: Problem) -> dict[str, list[Contender]]:
    found = _niches()
    for saved in data:
        one = Contender.from_dict(saved, problem)
        insort(found[one.niche], one, key=lambda one: one.order)
    return found
