"""A species: trees of similar structure that compete with each other alone (section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cellcolony.search.nodes.saved import Loss, Natural, SavedTree


@dataclass(frozen=True)
class Member:
    """A tree that was evaluated.

    Attributes:
        loss: Its validation loss, in nats per token; infinite for one that failed.
        number: Its number as a candidate.
        tree: The tree.
    """

    loss: Loss
    number: Natural
    tree: SavedTree


def ranked(members: Iterable[Member]) -> tuple[Member, ...]:
    """Return members best first; of equal ones the one asked first."""
    return tuple(sorted(members, key=lambda one: (one.loss, one.number)))


@dataclass(frozen=True)
class Species:
    """An active species, or one that was.

    Attributes:
        id: Names the species; ids are given in the order of founding.
        founder: The tree that all others of the species are near to [ours: it stays the same].
        members: The best trees of all generations, best first; of equal ones the one asked first.
        stale: For how many generations the best loss has not improved.
    """

    id: Natural
    founder: SavedTree
    members: tuple[Member, ...] = ()
    stale: Natural = 0

    @property
    def best(self) -> float:
        """The best loss so far, infinite where nobody succeeded."""
        return self.members[0].loss if self.members else math.inf

    def after_generation(self, newcomers: Iterable[Member], n_parents: int) -> Species:
        """Return the species with the trees that a generation has brought it."""
        members = ranked((*self.members, *newcomers))
        grown = replace(self, members=members[:n_parents])
        return replace(grown, stale=0 if grown.best < self.best else self.stale + 1)
