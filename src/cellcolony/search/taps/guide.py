"""A guide: it says what a race of taps proposes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from cellcolony.search.taps.blueprint import Blueprint
from cellcolony.search.taps.contender import Contender
from cellcolony.search.taps.race import Race
from cellcolony.search.taps.space import Picks, Space


class Proposal(NamedTuple):
    """What is raced next.

    Attributes:
        blueprint: What it is made of.
        parent: Whose weights it starts from, where the race lets weights be inherited; None for
            weights of its own.
        picks: The options that were taken, for `Guide.learn`.
    """

    blueprint: Blueprint
    parent: Contender | None = None
    picks: Picks | None = None


class Guide(Protocol):
    """A guide at work."""

    def propose(self, race: Race, columns: frozenset[int], rng: np.random.Generator) -> Proposal:
        """Return what is raced next.

        Args:
            race: Who has run.
            columns: What may be read.
            rng: Draws.
        """
        ...

    def learn(self, picks: Picks, loss: float) -> None:
        """Take in the loss of a network on the lowest rung; infinite for a failure."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what the guide has learned, as plain arrays and values."""
        ...


@dataclass(frozen=True)
class GuideKind:
    """A guide by name.

    Attributes:
        start: Begins one, from the space.
        restore: Continues one, from the space and the state.
        summary: What it does, in one line.
        source: Where it comes from: authors and year, or "ours".
    """

    start: Callable[[Space], Guide]
    restore: Callable[[Space, Mapping[str, Any]], Guide]
    summary: str
    source: str
