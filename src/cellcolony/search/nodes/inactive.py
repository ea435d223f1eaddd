"""Species that wait, unevaluated, until an active one makes room (section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

from annotated_types import MinLen

from cellcolony.cells.tree import Tree
from cellcolony.search.nodes.landmarks import Landmarks, landmarks_of
from cellcolony.search.nodes.offspring import Offspring
from cellcolony.search.nodes.saved import Natural


@dataclass(frozen=True)
class Inactive:
    """A species whose trees were not evaluated yet.

    Attributes:
        id: Names the species.
        offspring: Its trees in the order in which they came; the first is the founder.
    """

    id: Natural
    offspring: Annotated[tuple[Offspring, ...], MinLen(1)]

    @property
    def founder(self) -> Tree:
        """The tree that all others are near to."""
        return self.offspring[0].tree

    @cached_property
    def promise(self) -> float:
        """The best loss among the parents of its trees; the lower, the sooner its turn [ours]."""
        return min(one.parent_loss for one in self.offspring)


@dataclass(frozen=True)
class WaitingList:
    """The inactive species, in the order of their founding.

    Attributes:
        species: The species.
    """

    species: tuple[Inactive, ...] = ()

    def home_of(self, tree: Tree, threshold: float) -> int | None:
        """Return the place of the species that a tree belongs to, the nearest; None for none."""
        near = self._landmarks.near(tree.root.shape, threshold)
        return near[0][1] if near else None

    @cached_property
    def _landmarks(self) -> Landmarks:
        return landmarks_of(tuple(species.founder.root.shape for species in self.species))

    def joined(self, place: int, offspring: Offspring, most: int) -> WaitingList:
        """Return the list where one more tree waits in a species, up to `most` trees."""
        joined = self.species[place]
        if len(joined.offspring) >= most:
            return self
        grown = replace(joined, offspring=(*joined.offspring, offspring))
        return WaitingList((*self.species[:place], grown, *self.species[place + 1 :]))

    def founded(self, id: int, offspring: Offspring, most: int) -> WaitingList:
        """Return the list with a new species; of more than `most`, the least promising goes."""
        species = [*self.species, Inactive(id, (offspring,))]
        if len(species) > most:
            species.remove(max(species, key=lambda one: (one.promise, one.id)))
        return WaitingList(tuple(species))

    def most_promising(self) -> tuple[Inactive, WaitingList]:
        """Return the species whose turn it is, and the list without it."""
        chosen = min(self.species, key=lambda one: (one.promise, one.id))
        return chosen, WaitingList(tuple(one for one in self.species if one is not chosen))
