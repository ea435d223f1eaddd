"""The Hall of Shame: where the species that stagnated lie, and where nobody goes any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from cellcolony.cells.tree import Tree
from cellcolony.search.nodes.landmarks import Landmarks
from cellcolony.search.nodes.species import Species


@dataclass(frozen=True)
class HallOfShame:
    """An archive of stagnated species.

    Attributes:
        fallen: The species in the order in which they came, each with its best member alone.
    """

    fallen: tuple[Species, ...] = ()

    def with_species(self, species: Iterable[Species]) -> HallOfShame:
        """Return the hall with more species in it."""
        added = (replace(one, members=one.members[:1]) for one in species)
        return HallOfShame((*self.fallen, *added))

    def holds(self, tree: Tree, threshold: float) -> bool:
        """Say whether a tree belongs to a species of the hall."""
        return self._landmarks.any_near(tree.root.shape, threshold)

    @cached_property
    def _landmarks(self) -> Landmarks:
        return Landmarks(species.founder.root.shape for species in self.fallen)
