"""Which species a tree belongs to, which are active, and which trees were there before."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import compress
from typing import Annotated, Any

from annotated_types import Len

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_constants import is_constant
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.hall_of_shame import HallOfShame
from cellcolony.search.nodes.inactive import Inactive, WaitingList
from cellcolony.search.nodes.landmarks import Landmarks
from cellcolony.search.nodes.offspring import Offspring
from cellcolony.search.nodes.saved import Natural, plain, read
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.search.nodes.species import Member, Species, ranked

REPEATED, CONSTANT, SHAMED, SET_ASIDE = "repeated", "constant", "shamed", "set_aside"
"""Why a try at an offspring is given up."""
DIGEST_BYTES = 8
Digest = Annotated[str, Len(2 * DIGEST_BYTES, 2 * DIGEST_BYTES)]


class Seen:
    """The trees that were there before, by a digest of their keys.

    Attributes:
        digests: 16 hexadecimal digits for each.
    """

    def __init__(self, digests: Iterable[str] = ()) -> None:
        self.digests = set(digests)

    def __contains__(self, tree: Tree) -> bool:
        return _digest(tree) in self.digests

    def add(self, tree: Tree) -> None:
        """Remember a tree."""
        self.digests.add(_digest(tree))


def _digest(tree: Tree) -> str:
    return blake2b(tree.key.encode(), digest_size=DIGEST_BYTES).hexdigest()


class Speciation:
    """The species of a search: active ones, inactive ones, and those in the Hall of Shame.

    A tree belongs to the active species whose founder is nearest, within the threshold; if there is
    none, to such an inactive one; if there is none either, it founds one, which is active while
    there is room. To the Hall of Shame it belongs wherever a founder there is within the threshold.

    Attributes:
        settings: The settings of the evolution.
        active: The species that are evaluated now.
        waiting: The inactive ones.
        hall: The stagnated ones.
        seen: The trees that were evaluated or wait for it.
        n_founded: How many species were ever founded.
    """

    def __init__(
        self,
        settings: NodeEvolution,
        active: Iterable[Species] = (),
        waiting: WaitingList | None = None,
        hall: HallOfShame | None = None,
        seen: Seen | None = None,
        n_founded: int = 0,
    ) -> None:
        self.settings = settings
        self.active = tuple(active)
        self.waiting = waiting or WaitingList()
        self.hall = hall or HallOfShame()
        self.seen = seen or Seen()
        self.n_founded = n_founded

    @property
    def active(self) -> tuple[Species, ...]:
        """The species that are evaluated now, in the order in which they became active."""
        return self._active

    @active.setter
    def active(self, species: tuple[Species, ...]) -> None:
        self._active = species
        self._landmarks = Landmarks(one.founder.root.shape for one in species)

    def fault(self, tree: Tree) -> str | None:
        """Say why a tree should be mutated again; None for one that may be evaluated."""
        if self.hall.holds(tree, self.settings.threshold):
            return SHAMED
        if is_constant(tree):
            return CONSTANT
        return REPEATED if tree in self.seen else None

    def settle(self, offspring: Offspring) -> int | None:
        """Give an offspring its place; it counts as seen from now on.

        Returns:
            The id of its active species; None where it waits with an inactive one.
        """
        settings, tree = self.settings, offspring.tree
        self.seen.add(tree)
        near = self._landmarks.near(tree.root.shape, settings.threshold)
        if near:
            return self.active[near[0][1]].id
        place = self.waiting.home_of(tree, settings.threshold)
        if place is not None:
            self.waiting = self.waiting.joined(place, offspring, settings.share)
            return None
        id = self.n_founded
        self.n_founded += 1
        if len(self.active) < settings.most_active:
            self.active = (*self.active, Species(id, tree))
            return id
        self.waiting = self.waiting.founded(id, offspring, settings.most_inactive)
        return None

    def end_generation(self, results: Iterable[tuple[int, Member]]) -> None:
        """Take in what a generation brought, and send what stagnates to the Hall of Shame.

        A species in which nobody has succeeded goes there at once, unless nobody has anywhere: it
        has no tree that may breed [ours].

        Args:
            results: Ids of species and trees that were evaluated; those of species that are not
                active are passed over.
        """
        newcomers: dict[int, list[Member]] = {species.id: [] for species in self.active}
        for id, member in results:
            if id in newcomers:
                newcomers[id].append(member)
        settings = self.settings
        grown = [one.after_generation(newcomers[one.id], settings.n_parents) for one in self.active]
        somebody = any(math.isfinite(species.best) for species in grown)
        stays = [
            species.stale < settings.stagnation and (math.isfinite(species.best) or not somebody)
            for species in grown
        ]
        self.active = tuple(compress(grown, stays))
        fallen = [species for species, stayed in zip(grown, stays, strict=True) if not stayed]
        self.hall = self.hall.with_species(fallen)

    def activate(self) -> tuple[int, tuple[Offspring, ...]]:
        """Let the most promising inactive species take its turn.

        Returns:
            Its id, and its trees but for those that belong to the Hall of Shame by now; the founder
            never does.
        """
        chosen, self.waiting = self.waiting.most_promising()
        self.active = (*self.active, Species(chosen.id, chosen.founder))
        threshold = self.settings.threshold
        return chosen.id, tuple(
            one for one in chosen.offspring if not self.hall.holds(one.tree, threshold)
        )

    def can_breed(self, ids: Collection[int]) -> bool:
        """Say whether some species has trees, where those with these ids get some."""
        has_trees = any(one.members for one in (*self.active, *self.hall.fallen))
        return has_trees or any(species.id in ids for species in self.active)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        inactive, fallen, seen = self.waiting.species, self.hall.fallen, sorted(self.seen.digests)
        return plain(_Saved(self.active, inactive, fallen, tuple(seen), self.n_founded))

    @staticmethod
    def from_dict(settings: NodeEvolution, data: Mapping[str, Any]) -> Speciation:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be, or there are more species than the settings allow.
        """
        saved = read(_Saved, data, settings.bias)
        n_each = len(saved.active), len(saved.inactive)
        if n_each[0] > settings.most_active or n_each[1] > settings.most_inactive:
            raise ConfigError(
                f"A saved search has {n_each[0]} active and {n_each[1]} inactive species. There "
                f"may be {settings.most_active} and {settings.most_inactive}."
            )
        grown = *saved.active, *saved.hall_of_shame
        ids = [species.id for species in (*grown, *saved.inactive)]
        if len(set(ids)) < len(ids) or saved.n_founded <= max(ids, default=-1):
            raise ConfigError(f"A saved search numbers its species wrongly: {ids[:5]}.")
        if any(species.members != ranked(species.members) for species in grown):
            raise ConfigError("A saved search has a species whose members are not in order.")
        waiting, hall = WaitingList(saved.inactive), HallOfShame(saved.hall_of_shame)
        return Speciation(settings, saved.active, waiting, hall, Seen(saved.seen), saved.n_founded)


@dataclass(frozen=True)
class _Saved:
    """What is kept of a speciation."""

    active: tuple[Species, ...]
    inactive: tuple[Inactive, ...]
    hall_of_shame: tuple[Species, ...]
    seen: tuple[Digest, ...]
    n_founded: Natural
