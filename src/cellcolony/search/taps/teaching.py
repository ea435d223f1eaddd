"""Teaching: train a good network on the mean forecast of the best networks of several families.

The nearer a teacher's validation loss is to that of the best, the more it weighs: else the mean of
several is worse than the best alone where few are good.

On the training rows that forecast takes the place of the targets: it holds less noise than they do.
Validation judges the trained network by the true targets, as it judges all others.

Source: McQuesten & Miikkulainen, "Culling and teaching in neuro-evolution" (1997), where offspring
learn from one of the population; that the mean of several teaches, and takes the targets' place:
Hinton, Vinyals & Dean 2015; Furlanello et al., "Born again neural networks" (2018).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.averaging import average
from cellcolony.networks.genome import Network
from cellcolony.search.taps.contender import Contender

FEWEST, MOST = 3, 8
"""From how many networks teachers are taken."""
SPREAD = 0.03
"""A teacher whose loss is by this share above that of the best weighs 1 / e times as much."""
LEAST = 0.01
"""Who weighs less does not teach."""
AGE = 1.12
"""Teachers are chosen anew once the effort given out is so many times that of their choice."""


@dataclass(frozen=True, eq=False)
class Teachers:
    """The networks that teach.

    Attributes:
        some: The networks, the best first, each of another family; where one is far better than all
            others it teaches alone.
        since: How much effort had been given out when they were chosen.
        mean: One network whose forecast is the weighted mean of theirs.
    """

    some: tuple[Contender, ...]
    since: int
    mean: Network

    @staticmethod
    def of(everybody: Iterable[Contender], spent: int) -> Teachers | None:
        """Return the best of each of the best families, without those that would weigh too little.

        None where there are too few families, or where they are too large to be one network.

        Args:
            everybody: Who may teach; those on the lowest rung may not.
            spent: The effort given out so far.
        """
        families: dict[int, Contender] = {}
        for one in sorted(everybody, key=lambda one: one.order):
            if one.rung > 0:
                families.setdefault(one.family, one)
        some = tuple(families.values())[:MOST]
        try:
            return _together(some, spent) if len(some) >= FEWEST else None
        except GenomeError:
            return None

    def are_due(self, spent: int) -> bool:
        """Say whether others may teach, after so much effort."""
        return spent >= AGE * self.since

    @property
    def numbers(self) -> list[int]:
        """Their numbers."""
        return [one.number for one in self.some]

    def to_dict(self) -> dict[str, Any]:
        """Return them as plain arrays and values."""
        return {"some": [one.to_dict() for one in self.some], "since": self.since}

    @staticmethod
    def from_dict(data: Mapping[str, Any], problem: Problem) -> Teachers:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError, GenomeError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        some = tuple(Contender.from_dict(saved, problem) for saved in data["some"])
        since = int(data["since"])
        if not 1 <= len(some) <= MOST or since < 0:
            raise ConfigError("The state holds teachers that there cannot be.")
        return _together(some, since)


def _together(some: tuple[Contender, ...], since: int) -> Teachers:
    shares = _shares([one.loss for one in some])
    heard = tuple(one for one, share in zip(some, shares, strict=True) if share > 0)
    shares = _shares([one.loss for one in heard])  # as they come out when a state is read
    return Teachers(heard, since, average([one.network for one in heard], shares))


def _shares(losses: Sequence[float]) -> list[float]:
    """Return how much teachers weigh, by their losses, those of the best first."""
    best = losses[0]
    weights = np.exp([-(one / best - 1) / SPREAD if best > 0 else 0.0 for one in losses])
    weights[weights < LEAST * weights.sum()] = 0.0
    return (weights / weights.sum()).tolist()
