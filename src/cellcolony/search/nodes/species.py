"""A species: trees of similar structure that compete with each other alone (section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError


class Member(NamedTuple):
    """A tree that was evaluated.

    Attributes:
        loss: Its validation loss, in nats per token; infinite for one that failed.
        number: Its number as a candidate.
        tree: The tree.
    """

    loss: float
    number: int
    tree: Tree

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values; whether there is a bias follows from the settings."""
        return {"loss": self.loss, "number": self.number, "tree": self.tree.text}

    @staticmethod
    def from_dict(data: Mapping[str, Any], bias: bool) -> Member:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: The loss is no number, or the candidate's number below 0.
            GenomeError: The text is no tree.
        """
        loss, number = float(data["loss"]), int(data["number"])
        if math.isnan(loss) or loss == -math.inf or number < 0:
            raise ConfigError(f"A saved tree has a number or loss that cannot be: {number}, {loss}")
        return Member(loss, number, Tree.from_dict({"tree": data["tree"], "bias": bias}))


@dataclass(frozen=True)
class Species:
    """An active species, or one that was.

    Attributes:
        id: Names the species; ids are given in the order of founding.
        founder: The tree that all others of the species are near to [ours: it stays the same].
        members: The best trees of all generations, best first; of equal ones the one asked first.
        stale: For how many generations the best loss has not improved.
    """

    id: int
    founder: Tree
    members: tuple[Member, ...] = ()
    stale: int = 0

    @property
    def best(self) -> float:
        """The best loss so far, infinite where nobody succeeded."""
        return self.members[0].loss if self.members else math.inf

    def after_generation(self, newcomers: Iterable[Member], n_parents: int) -> Species:
        """Return the species with the trees that a generation has brought it."""
        members = sorted((*self.members, *newcomers), key=lambda member: member[:2])
        grown = replace(self, members=tuple(members[:n_parents]))
        return replace(grown, stale=0 if grown.best < self.best else self.stale + 1)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "id": self.id,
            "founder": self.founder.text,
            "members": [member.to_dict() for member in self.members],
            "stale": self.stale,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], bias: bool) -> Species:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A number cannot be.
            GenomeError: A text is no tree.
        """
        members = tuple(Member.from_dict(member, bias) for member in data["members"])
        in_order = list(members) == sorted(members, key=lambda member: member[:2])
        found = Species(
            int(data["id"]),
            Tree.from_dict({"tree": data["founder"], "bias": bias}),
            members,
            int(data["stale"]),
        )
        if not in_order or min(found.id, found.stale) < 0:
            raise ConfigError(f"The saved species {found.id} cannot be: its numbers are not sound.")
        return found
