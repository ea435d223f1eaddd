"""Pheromone on the choices of a space, as ant systems lay it.

Each option of each choice has an amount of pheromone. An option is drawn in proportion to it, and a
tap to it times its chance in an even draw, which is its visibility. Amounts lie between a floor and
1, so that an evaporation of rho and a deposit of rho keep them there, whatever the loss's scale.

Source: the floor and the ceiling: Stuetzle & Hoos, "MAX-MIN Ant System" (2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.search.taps.guide import GuideKind, Proposal
from cellcolony.search.taps.race import Race
from cellcolony.search.taps.registry import GUIDES
from cellcolony.search.taps.space import Picks, Space

FLOOR = 0.05
CEILING = 1.0
COLONY = 10
"""Ants that walk between two deposits."""
RHO = 0.1
"""Evaporation, and the largest deposit."""


class Walk(NamedTuple):
    """A network that an ant laid out.

    Attributes:
        loss: Its loss on the lowest rung.
        picks: Its options.
    """

    loss: float
    picks: Picks


Deposits: TypeAlias = Iterable[tuple[Walk, float]]


@dataclass(frozen=True)
class Rule:
    """What makes one ant system of the other.

    Attributes:
        deposits: From the walks of a colony, best first, the best so far and the number of the
            colony to who deposits how much, as a share of rho.
        evaporates: Whether all options lose pheromone, or those alone that get a deposit.
        first: What lies on an option at the beginning.
        greedy: The probability that a choice takes one of the options of most pheromone.
        worn: By which share an option goes back to the beginning when an ant takes it.
    """

    deposits: Callable[[list[Walk], Walk, int], Deposits]
    evaporates: bool = True
    first: float = CEILING
    greedy: float = 0.0
    worn: float = 0.0


@dataclass
class Pheromone:
    """A colony on the choices of a space.

    Attributes:
        space: What can be chosen.
        rule: The ant system.
        amounts: The pheromone of each choice that was made so far, `(n_options,)`.
        walks: Those of the colony under way that were told.
        best: The best so far; None before the first.
        n_colonies: How many colonies have walked.
    """

    space: Space
    rule: Rule
    amounts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)
    best: Walk | None = None
    n_colonies: int = 0

    def propose(self, race: Race, columns: frozenset[int], rng: np.random.Generator) -> Proposal:
        """Return what one ant lays out."""

        def weigh(choice: str, n: int) -> NDArray[np.float64]:
            weights = self._of(choice, n)
            if self.rule.greedy and rng.random() < self.rule.greedy:
                weights = (weights / weights.max()) ** 50  # the first few options alone are left
            return weights

        blueprint, picks = self.space.draw(columns, rng, weigh)
        if self.rule.worn:
            for choice, options in picks.items():
                own = self.amounts[choice]
                for option in options:
                    own[option] += self.rule.worn * (self.rule.first - own[option])
        return Proposal(blueprint, None, picks)

    def learn(self, picks: Picks, loss: float) -> None:
        """Take in a walk; after a whole colony, evaporate and deposit. Failures deposit nothing."""
        walk = Walk(loss, picks)
        self.walks.append(walk)
        if math.isfinite(loss) and (self.best is None or loss < self.best.loss):
            self.best = walk
        if len(self.walks) < COLONY:
            return
        self.n_colonies += 1
        if self.rule.evaporates:
            for own in self.amounts.values():
                own *= 1 - RHO
        ranked = sorted(
            (one for one in self.walks if math.isfinite(one.loss)), key=lambda one: one.loss
        )
        deposits: Deposits = ()
        if ranked and self.best is not None:
            deposits = self.rule.deposits(ranked, self.best, self.n_colonies)
        for one, share in deposits:
            for choice, options in one.picks.items():
                own = self.amounts[choice]
                for option in options:
                    if not self.rule.evaporates:
                        own[option] *= 1 - RHO
                    own[option] += RHO * share
        for own in self.amounts.values():
            np.clip(own, FLOOR, CEILING, out=own)
        self.walks = []

    def _of(self, choice: str, n: int) -> NDArray[np.float64]:
        own = self.amounts.setdefault(choice, np.full(n, self.rule.first))
        if len(own) != n:
            raise ConfigError("The state is that of a colony in another space.")
        return own

    def state(self) -> dict[str, Any]:
        """Return what was learned, as plain arrays and values."""
        return {
            "amounts": {choice: own.copy() for choice, own in self.amounts.items()},
            "walks": [_to_dict(walk) for walk in self.walks],
            "best": None if self.best is None else _to_dict(self.best),
            "n_colonies": self.n_colonies,
        }


def register(name: str, rule: Rule, summary: str, source: str) -> None:
    """File an ant system as a guide."""

    def restore(space: Space, state: Mapping[str, Any]) -> Pheromone:
        amounts = {
            str(choice): np.array(own, np.float64) for choice, own in state["amounts"].items()
        }
        if any(own.ndim != 1 or not (np.isfinite(own) & (own > 0)).all()
               for own in amounts.values()):  # fmt: skip
            raise ConfigError("The state holds an amount of pheromone that cannot be.")
        for saved in (*state["walks"], *([] if state["best"] is None else [state["best"]])):
            for choice, options in saved["picks"].items():
                if not all(0 <= int(one) < len(amounts[choice]) for one in options):
                    raise ConfigError("The state holds a walk in another space.")
        best = None if state["best"] is None else _from_dict(state["best"])
        walks = [_from_dict(walk) for walk in state["walks"]]
        return Pheromone(space, rule, amounts, walks, best, int(state["n_colonies"]))

    GUIDES.register(name)(GuideKind(lambda space: Pheromone(space, rule), restore, summary, source))


def _to_dict(walk: Walk) -> dict[str, Any]:
    picks = {choice: list(options) for choice, options in walk.picks.items()}
    return {"loss": walk.loss if np.isfinite(walk.loss) else None, "picks": picks}


def _from_dict(saved: Mapping[str, Any]) -> Walk:
    picks = {str(k): tuple(int(one) for one in v) for k, v in saved["picks"].items()}
    return Walk(float("inf") if saved["loss"] is None else float(saved["loss"]), picks)
