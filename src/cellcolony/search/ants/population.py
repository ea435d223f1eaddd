"""The colony's population: the best networks so far, by number and loss (ASNE, Algorithm 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cellcolony.errors import ConfigError


class Member(NamedTuple):
    """One network of the population.

    Attributes:
        loss: Its validation loss.
        number: Its number as a candidate.
    """

    loss: float
    number: int


@dataclass(frozen=True)
class Population:
    """The best networks so far, up to a size. What counts as good is measured against it.

    Attributes:
        size: How many networks it holds at most.
        members: The networks, best first; of equal ones the one asked first.
        newest: The loss of the network that entered last, None before there is one.
    """

    size: int
    members: tuple[Member, ...] = ()
    newest: float | None = None

    @property
    def losses(self) -> tuple[float, ...]:
        """The members' losses, best first."""
        return tuple(member.loss for member in self.members)

    @property
    def full(self) -> bool:
        """Whether a newcomer has to replace a member."""
        return len(self.members) >= self.size

    def improved_by(self, loss: float) -> bool:
        """Say whether a network of this loss enters: there is room, or it beats the worst.

        A failed network, whose loss is infinite, never enters.
        """
        return math.isfinite(loss) and (not self.full or loss < self.members[-1].loss)

    def ahead_of(self, loss: float) -> bool:
        """Say whether the population is full and even its worst network beats this loss."""
        return self.full and loss > self.members[-1].loss

    def insert(self, number: int, loss: float) -> Population:
        """Return the population with a network that improves it, and without the worst if full."""
        members = sorted((*self.members, Member(loss, number)))
        return replace(self, members=tuple(members[: self.size]), newest=loss)

    def to_dict(self) -> dict[str, Any]:
        """Return the members as plain values; the size follows from the settings."""
        return {
            "numbers": [member.number for member in self.members],
            "losses": list(self.losses),
            "newest": self.newest,
        }

    @staticmethod
    def from_dict(size: int, data: Mapping[str, Any]) -> Population:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: There are more members than the size allows, they are not in order, or a
                loss is not finite.
        """
        pairs = zip(data["losses"], data["numbers"], strict=True)
        members = tuple(Member(float(loss), int(number)) for loss, number in pairs)
        newest = None if data["newest"] is None else float(data["newest"])
        losses = [*(member.loss for member in members), newest or 0.0]
        in_order = list(members) == sorted(members) and len(members) <= size
        if not (in_order and all(map(math.isfinite, losses))):
            raise ConfigError(f"The saved population of {size} cannot be: {members[:3]}, {newest}.")
        return Population(size, members, newest)
