"""Several colonies side by side in one search, each with pheromone and populations of its own."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError
from cellcolony.search.ants.migration import migrated
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.ants.settings import AntSwarm


class Colonies:
    """Colonies that take turns; it follows the contract `cellcolony.contract.Search`.

    Which colony's turn it is follows from how many candidates were asked for, and a verdict goes to
    the colony that has asked for it. So the search depends on the order of asks and tells alone, as
    that of one colony does.

    Attributes:
        settings: Those of each colony, how many there are, and how pheromone migrates.
        members: The colonies at work.
        n_asked: How many candidates were asked for.
    """

    def __init__(self, settings: AntSwarm, members: Sequence[AntSearch], n_asked: int) -> None:
        self.settings = settings
        self.members = tuple(members)
        self.n_asked = n_asked

    @classmethod
    def start(cls, settings: AntSwarm, problem: Problem, rng: np.random.Generator) -> Colonies:
        """Found all colonies; arguments and errors are those of `AntSearch.start`."""
        members = [AntSearch.start(settings, problem, rng) for _ in range(settings.colonies)]
        return cls(settings, members, 0)

    @classmethod
    def from_state(cls, settings: AntSwarm, problem: Problem, state: Mapping[str, Any]) -> Colonies:
        """Continue where `state` left off.

        Raises:
            ConfigError, KeyError, TypeError, ValueError: As for `AntSearch.from_state`; or the
                colonies are not as many as the settings say, or do not fit together.
        """
        saved, n_asked = state["colonies"], int(state["n_asked"])
        if len(saved) != settings.colonies:
            raise ConfigError(
                f"The saved search is that of another number of colonies: {len(saved)}, not "
                f"{settings.colonies}."
            )
        members = [AntSearch.from_state(settings, problem, one) for one in saved]
        found = cls(settings, members, n_asked)
        if not len(set(found.pending)) == found.n_out <= n_asked:
            raise ConfigError(
                f"The saved colonies do not fit together: of {n_asked} candidates {found.n_out} "
                f"are out, under {len(set(found.pending))} numbers."
            )
        return found

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return [number for member in self.members for number in member.pending]

    @property
    def n_out(self) -> int:
        """How many were asked and not told."""
        return sum(len(member.pending) for member in self.members)

    @property
    def best(self) -> AntSearch | None:
        """The colony that has found the best network of a first training; None before there is one.

        Of equal ones it is the first.
        """
        losses = [next(iter(member.population.losses), math.inf) for member in self.members]
        least = min(losses)
        return None if least == math.inf else self.members[losses.index(least)]

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a candidate of the colony whose turn it is; its `how` says which that is."""
        turn = self.n_asked % len(self.members)
        candidate = self.members[turn].ask(number, rng)
        self.n_asked += 1
        return replace(candidate, how={"colony": turn, **candidate.how})

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Tell the colony that has asked for a candidate, then let pheromone migrate if it is time.

        Raises:
            KeyError, GenomeError: As for `AntSearch.tell`.
        """
        own = (member for member in self.members if number in member.pending)
        next(own, self.members[0]).tell(number, evaluation)  # the first refuses what nobody asked
        every = self.settings.migrate_after * len(self.members)
        if every and (self.n_asked - self.n_out) % every == 0:
            self._migrate()

    def _migrate(self) -> None:
        best = self.best
        if best is None:
            return
        arriving = best.colony.pheromones
        for member in self.members:
            if member is not best:
                found = migrated(member.colony.pheromones, arriving, self.settings.migration_share)
                member.colony = replace(member.colony, pheromones=found)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        return {
            "colonies": [member.state() for member in self.members],
            "n_asked": self.n_asked,
        }


def begin(settings: AntSwarm, problem: Problem, rng: np.random.Generator) -> AntSearch | Colonies:
    """Begin a search of one colony, or of several: see `AntSearch.start`."""
    return (AntSearch if settings.colonies == 1 else Colonies).start(settings, problem, rng)


def go_on(settings: AntSwarm, problem: Problem, state: Mapping[str, Any]) -> AntSearch | Colonies:
    """Continue a search of one colony, or of several: see `AntSearch.from_state`."""
    return (AntSearch if settings.colonies == 1 else Colonies).from_state(settings, problem, state)
