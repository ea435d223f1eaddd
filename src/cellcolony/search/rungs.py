"""Rungs of a race: who is trained longer, and when.

Training is given out in shares: each rung has one, and the highest rung that is behind its share
comes next; what is left goes to the lowest. So a race can end at any moment, by any budget, and has
spent it as it was meant to be.
Whoever goes on is the best of its niche on the rung below, of those who gained there; niches take
turns.

Source: asynchronous successive halving (Li et al. 2020) promotes the top of each rung; that shares
of a budget decide how many is ours.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from cellcolony.errors import ConfigError

KEPT = 16
"""So many of each niche wait on each rung; worse ones are forgotten."""
FEWEST = 6
"""So many must have run on a rung before the first goes on to the next."""


class Runner(Protocol):
    """Who runs in a race."""

    @property
    def niche(self) -> str:
        """With whom it is compared."""
        ...

    @property
    def rung(self) -> int:
        """Where it has run last."""
        ...

    @property
    def order(self) -> tuple[float, int]:
        """The best come first."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        ...


R = TypeVar("R", bound=Runner)


@dataclass
class Rungs(Generic[R]):
    """Who waits on which rung, and what was spent.

    Attributes:
        efforts: How many times the protocol's epochs a runner is trained on each rung.
        shares: The share of all effort that each rung gets, by its number as a text; and that of
            anything else that effort is given to, by its name.
        niches: Their names.
        waiting: Those who wait, best first, by rung and niche.
        gone: Those who have gone on, as they waited, or stay, best first, by rung and niche.
        n_run: How many have run on each rung.
        spent: The effort given out, by the keys of `shares`.
        last: The niche of which one went on last to each rung.
    """

    efforts: Sequence[int]
    shares: Mapping[str, float]
    niches: Sequence[str]
    waiting: list[dict[str, list[R]]]
    gone: list[dict[str, list[R]]]
    n_run: list[int]
    spent: dict[str, int]
    last: list[str]

    @classmethod
    def start(
        cls,
        efforts: Sequence[int],
        shares: Sequence[float],
        niches: Sequence[str] = ("",),
        **others: float,
    ) -> Self:
        """Return the rungs before anybody has run.

        Args:
            efforts: Of each rung.
            shares: Of each rung.
            niches: Their names.
            **others: The shares of whatever else gets effort.
        """
        n = len(efforts)
        by_key = {**{str(rung): share for rung, share in enumerate(shares)}, **others}
        waiting: list[dict[str, list[R]]] = [{one: [] for one in niches} for _ in range(n)]
        gone: list[dict[str, list[R]]] = [{one: [] for one in niches} for _ in range(n)]
        spent, last = dict.fromkeys(by_key, 0), [niches[-1]] * n
        return cls(efforts, by_key, niches, waiting, gone, [0] * n, spent, last)

    def is_due(self, what: str, effort: int) -> bool:
        """Say whether something may have so much effort now, by its share."""
        total = sum(self.spent.values()) + effort
        return self.spent[what] + effort <= self.shares[what] * total

    def spend(self, what: str, effort: int) -> None:
        """Count effort that is given out."""
        self.spent[what] += effort

    def promote(self) -> R | None:
        """Return who goes on to the next rung now, as it waited; None for nobody."""
        for rung in reversed(range(1, len(self.efforts))):
            if self.n_run[rung - 1] < FEWEST or not self.is_due(str(rung), self.efforts[rung]):
                continue
            for niche in self.in_turn(rung):
                if waiting := self.waiting[rung - 1][niche]:
                    self.last[rung] = niche
                    self.spend(str(rung), self.efforts[rung])
                    _keep(self.gone[rung - 1][niche], waiting[0])
                    return waiting.pop(0)
        return None

    def in_turn(self, rung: int) -> Sequence[str]:
        """Return the niches that may send one to a rung, whose turn it is first."""
        turn = self.niches.index(self.last[rung]) + 1
        return *self.niches[turn:], *self.niches[:turn]

    def admit(self, one: R, has_gained: bool = True) -> None:
        """Let a trained runner wait on its rung, or stay there.

        Args:
            one: Who has run.
            has_gained: Whether it has become better by that. Beyond the first rung whoever has not
                hardly ever does by a longer training, and what that would take is left to others.
        """
        self.n_run[one.rung] += 1
        if has_gained or one.rung == 0:
            _keep(self.waiting[one.rung][one.niche], one)
        else:
            self.stay(one)

    def stay(self, one: R) -> None:
        """Let a runner stand on its rung, and not go on."""
        _keep(self.gone[one.rung][one.niche], one)

    def everybody(self, niche: str) -> list[R]:
        """Return all of a niche who are known, best first."""
        found = [one for some in (self.waiting, self.gone) for rung in some for one in rung[niche]]
        return sorted(found, key=lambda one: one.order)

    def to_dict(self) -> dict[str, Any]:
        """Return what changes, as plain arrays and values."""
        return {
            "waiting": [_flat(rung) for rung in self.waiting],
            "gone": [_flat(rung) for rung in self.gone],
            "n_run": list(self.n_run),
            "spent": dict(self.spent),
            "last": list(self.last),
        }

    def restore(self, data: Mapping[str, Any], read: Callable[[Any], R]) -> None:
        """Take over what `to_dict` wrote.

        Args:
            data: What it wrote.
            read: Reads one runner.

        Raises:
            ConfigError: The state is that of another race.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        rungs = range(len(self.efforts))
        for name in ("waiting", "gone"):
            if len(data[name]) != len(rungs):
                raise ConfigError("The state is that of a race with other rungs.")
            for rung, saved in enumerate(data[name]):
                own = getattr(self, name)[rung]
                for one in map(read, saved):
                    if one.niche not in own or one.rung != rung:
                        raise ConfigError("The state is that of a race with other rungs.")
                    _keep(own[one.niche], one)
        n_run, last = [int(n) for n in data["n_run"]], [str(niche) for niche in data["last"]]
        spent = {str(what): int(n) for what, n in data["spent"].items()}
        is_sound = (
            len(n_run) == len(last) == len(rungs)
            and spent.keys() == self.spent.keys()
            and min((*n_run, *spent.values())) >= 0
            and set(last) <= set(self.niches)
        )
        if not is_sound:
            raise ConfigError("The state is that of a race with other rungs.")
        self.n_run, self.spent, self.last = n_run, spent, last


def check_rungs(efforts: Sequence[int], shares: Sequence[float], **others: float) -> None:
    """Check that efforts rise, that each has a share, and that shares are 1 in all at most.

    Args:
        efforts: Of each rung.
        shares: Of each rung.
        **others: Of whatever else gets effort, by its name.

    Raises:
        ConfigError: They do not.
    """
    if list(efforts) != sorted(efforts) or len(shares) != len(efforts):
        raise ConfigError(
            "`efforts` must rise, and `shares` hold one for each of them. "
            f"Got {list(efforts)} and {list(shares)}."
        )
    total = sum(shares) + sum(others.values())
    if total > 1 + 1e-9:
        every = ", ".join(f"`{name}`" for name in ("shares", *others))
        raise ConfigError(f"{every} must be 1 in all at most. Got {total:g} in all.")


def _keep(some: list[R], one: R) -> None:
    insort(some, one, key=lambda one: one.order)
    del some[KEPT:]


def _flat(rung: Mapping[str, list[R]]) -> list[dict[str, Any]]:
    return [one.to_dict() for some in rung.values() for one in some]
