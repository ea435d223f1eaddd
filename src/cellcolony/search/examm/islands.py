"""Islands: populations that breed apart. Each keeps its best genomes, one of each structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cellcolony.search.examm.genome import Genome


class Member(NamedTuple):
    """A genome that was judged, and lives on an island.

    Attributes:
        loss: Its validation loss, finite.
        number: Its number as a candidate.
        genome: The genome, with its trained weights.
        epochs: The epochs of training behind them.
    """

    loss: float
    number: int
    genome: Genome
    epochs: int

    @property
    def rank(self) -> tuple[float, int]:
        """The fitter first; of equal ones the one asked first."""
        return self.loss, self.number


@dataclass(frozen=True, eq=False)
class Island:
    """One island; it is never changed in place.

    Attributes:
        size: How many members it holds at most.
        members: The fittest first.
        founded: How often it was erased; children of an earlier population do not enter [ours].
    """

    size: int
    members: tuple[Member, ...] = ()
    founded: int = 0

    @property
    def full(self) -> bool:
        """Whether a newcomer has to replace a member."""
        return len(self.members) >= self.size

    def insert(self, newcomer: Member) -> Island:
        """Return the island with a newcomer, or as it was where that is not good enough.

        A newcomer takes the place of a member of the same structure, but only of a worse one. Any
        other enters where there is room, or replaces the worst, if that is worse.
        """
        structure = newcomer.genome.structure
        twins = [one for one in self.members if one.genome.structure == structure]
        if any(twin.loss <= newcomer.loss for twin in twins):
            return self
        rest = [one for one in self.members if one.genome.structure != structure]
        members = sorted((*rest, newcomer), key=lambda one: one.rank)
        return replace(self, members=tuple(members[: self.size]))

    def erased(self) -> Island:
        """Return the island without members, to be populated anew."""
        return Island(self.size, founded=self.founded + 1)


def best_of(islands: Sequence[Island]) -> Member:
    """Return the best genome of some islands; each of them has one."""
    return min((island.members[0] for island in islands), key=lambda one: one.rank)


def worst_island(islands: Sequence[Island]) -> int:
    """Return the place of the island whose best genome is the worst [ours]."""
    return max(range(len(islands)), key=lambda at: islands[at].members[0].rank)


def others(islands: Sequence[Island], at: int) -> list[Island]:
    """Return the islands but one, as far as somebody lives there."""
    return [island for i, island in enumerate(islands) if i != at and island.members]
