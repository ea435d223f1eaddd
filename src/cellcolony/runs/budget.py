"""When a search ends: after a time, a number of candidates, or at a loss."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Annotated

from annotated_types import Gt

from cellcolony.errors import ConfigError, brief
from cellcolony.settings import settings

FORMS = "'10min', '90s', '2h', '200networks', '10generations' or 'loss<0.01'"
CANDIDATES = ("network", "networks", "candidate", "candidates", "node", "nodes")
GENERATIONS = ("generation", "generations")
TRAININGS = ("training", "trainings")

_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}
_AMOUNT = re.compile(r"(?P<amount>\d{1,15}(\.\d{1,15})?|\.\d{1,15})\s*(?P<unit>[a-z]+)")
_LOSS = re.compile(r"loss\s*<\s*(?P<loss>\S+)")


Whole = Annotated[int, Gt(0)]
Above0 = Annotated[float, Gt(0)]


@settings
class Budget:
    """The limits of a search; whichever is reached first ends it.

    It covers the search alone: neither compiling nor the rivals and the scores at the end.

    Attributes:
        n_networks: How many candidates are asked for; None without this limit.
        generations: How many generations there are in all, of a method that has some; None for as
            many as its settings say.
        seconds: How long the search may take, in wall time; None without this limit.
        loss: The search ends when a validation loss is below this; None without this limit.
        trainings: How many trainings of the usual length are asked for; one of four times as many
            epochs counts as four.
    """

    n_networks: Whole | None = None
    seconds: Above0 | None = None
    loss: Above0 | None = None
    generations: Whole | None = None
    trainings: Whole | None = None

    @staticmethod
    def parse(texts: str | Iterable[str]) -> Budget:
        """Read one limit, or several of which the first to be reached counts.

        Args:
            texts: Such as "10min", "200 networks" or ["2h", "loss<0.01"].

        Raises:
            ConfigError: A text is no limit, there is none, or it allows nothing.
        """
        budget = Budget()
        given = [texts] if isinstance(texts, str) or not isinstance(texts, Iterable) else [*texts]
        for text in given:
            if not isinstance(text, str):
                raise ConfigError(f"`budget` must be a text: {FORMS}. Got {brief(text)}.")
            budget = budget._within(_parse_one(text))
        if budget == Budget():
            raise ConfigError(f"`budget` must set at least one limit: {FORMS}. Got none.")
        return budget

    @staticmethod
    def of(given: str | Iterable[str] | Budget | None) -> Budget | None:
        """Return a budget from what a caller may give; None for none.

        Raises:
            ConfigError: A text is no limit.
        """
        return given if given is None or isinstance(given, Budget) else Budget.parse(given)

    def _within(self, other: Budget) -> Budget:
        """Return the limits of both; where both have the same kind, the one reached first."""
        limits = {}
        for name, one in vars(self).items():
            given = [limit for limit in (one, getattr(other, name)) if limit is not None]
            first = max if name == "loss" else min
            limits[name] = first(given, default=None)
        return Budget(**limits)

    @property
    def is_open(self) -> bool:
        """Whether nothing but the method's own end limits the search."""
        return self == Budget()

    @property
    def n_candidates(self) -> int | None:
        """How many candidates there are at most; None without such a limit."""
        limits = [n for n in (self.n_networks, self.trainings) if n is not None]
        return min(limits, default=None)

    def lets_ask(self, n_asked: int, n_trainings: int) -> bool:
        """Say whether one more candidate may be asked for.

        Args:
            n_asked: How many were asked.
            n_trainings: How many trainings of the usual length those are worth.
        """
        is_in_number = self.n_networks is None or n_asked < self.n_networks
        return is_in_number and (self.trainings is None or n_trainings < self.trainings)

    def seconds_left(self, elapsed: float) -> float | None:
        """Return how much time is left, at least 0; None where time is not limited."""
        return None if self.seconds is None else max(0.0, self.seconds - elapsed)

    def is_met_by(self, loss: float) -> bool:
        """Say whether a network of this validation loss ends the search."""
        return self.loss is not None and loss < self.loss

    def __str__(self) -> str:
        limits = []
        if self.n_networks is not None:
            limits.append(f"{self.n_networks} network{'' if self.n_networks == 1 else 's'}")
        if self.seconds is not None:
            limits.append(_duration(self.seconds))
        if self.loss is not None:
            limits.append(f"loss < {self.loss:g}")
        if self.generations is not None:
            limits.append(f"{self.generations} generation{'' if self.generations == 1 else 's'}")
        if self.trainings is not None:
            limits.append(f"{self.trainings} training{'' if self.trainings == 1 else 's'}")
        return " or ".join(limits)


def _parse_one(text: str) -> Budget:
    words = text.strip().lower()
    if found := _AMOUNT.fullmatch(words):
        amount, unit = found["amount"], found["unit"]
        if unit in (*CANDIDATES, *GENERATIONS, *TRAININGS):
            if not amount.isdigit() or int(amount) == 0:
                raise ConfigError(f"A budget of {unit} must be whole, 1 or more. Got {text!r}.")
            if unit in GENERATIONS:
                return Budget(generations=int(amount))
            if unit in TRAININGS:
                return Budget(trainings=int(amount))
            return Budget(n_networks=int(amount))
        if unit in _SECONDS:
            if float(amount) == 0:
                raise ConfigError(f"A budget of time must be more than 0. Got {text!r}.")
            return Budget(seconds=float(amount) * _SECONDS[unit])
    elif found := _LOSS.fullmatch(words):
        try:
            loss = float(found["loss"])
        except ValueError:
            loss = math.nan
        if not (math.isfinite(loss) and loss > 0):
            raise ConfigError(f"A budget of loss must be above 0, as in 'loss<0.01'. Got {text!r}.")
        return Budget(loss=loss)
    raise ConfigError(f"A budget is one of {FORMS}. Got {text!r}.")


def _duration(seconds: float) -> str:
    for name, length in (("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {name}"
    return f"{seconds:g} s"
