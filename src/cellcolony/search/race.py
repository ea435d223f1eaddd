"""A race of genomes: openers first, then variations of the best; who is good is trained longer.

What genomes are, and how they are varied, is a matter of whoever derives from `Race`: nodes
(`search/nodes/race.py`) and mixtures of nodes (`search/mixtures/race.py`).

Source: ours. Rungs: asynchronous successive halving (Li et al. 2020), see `search/rungs.py`.
Immigrants: Grefenstette 1992, "Genetic algorithms for changing environments".
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, Protocol, Self

import numpy as np

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError
from cellcolony.search.racer import IMMIGRANTS, NICHES, OPENERS, TOGETHER, G, Racer
from cellcolony.search.rungs import Rungs

GUIDES = ("elite", "walk", "random")
"""Who becomes a parent: the best, any earlier one whatever its loss, or nobody."""
START = "start"
"""How an opener came."""
MOST_PARENTS = 20
"""After so many vain parents everything near was there before, as in a small space: one is trained
again, at another learning rate where the settings allow one."""
RATE_STEP = 0.25
"""The standard deviation by which the logarithm of a learning rate is varied."""


class RaceSettings(Protocol):
    """The settings of a race, as far as this module needs them; see `RacedNodes`."""

    @property
    def guide(self) -> str:
        """One of `GUIDES`."""
        ...

    @property
    def crossover_rate(self) -> float:
        """The chance that an offspring has two parents."""
        ...

    @property
    def immigrant_rate(self) -> float:
        """The chance that a new genome has no parent, and is drawn at random."""
        ...

    @property
    def niches(self) -> bool:
        """Whether lines that begin with an opener and those that begin at random race apart."""
        ...

    @property
    def rate_factor(self) -> float:
        """How far a candidate's learning rate may be from the settings'."""
        ...

    @property
    def efforts(self) -> tuple[int, ...]:
        """How many times the settings' epochs a candidate is trained on each rung."""
        ...

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of all training that each rung gets at most."""
        ...

    @property
    def population(self) -> int:
        """How many of the best of each rung breed."""
        ...

    @property
    def tournament(self) -> int:
        """Of so many of them, drawn at random, the best becomes a parent."""
        ...

    @property
    def most_tries(self) -> int:
        """After so many vain tries at one offspring another parent is drawn."""
        ...


@dataclass
class Race(ABC, Generic[G]):
    """A search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        settings: Its settings.
        rungs: Who waits to be trained longer.
        deck: The names of the openers that are still to run, the next one last.
        seen: The digests of all genomes that were asked for.
        walked: All of them that were trained, where any may become a parent; empty otherwise.
        out: What is being trained, by number.
        given: Those that it was begun with and that are still to run, the next one last, each
            behind how it was made.
        kind: What its genomes call themselves.
    """

    kind: ClassVar[str]

    settings: Any
    rungs: Rungs[Racer[G]]
    deck: list[str]
    seen: set[str] = field(default_factory=set)
    walked: list[Racer[G]] = field(default_factory=list)
    out: dict[int, Racer[G]] = field(default_factory=dict)
    given: list[tuple[str, Racer[G]]] = field(default_factory=list)

    @classmethod
    def start(cls, settings: RaceSettings, problem: Problem, rng: np.random.Generator) -> Self:
        """Begin with the openers in an order that `rng` draws; they are the same for every task."""
        names = [] if settings.guide == "random" else cls.openers(settings)
        deck = [names[i] for i in rng.permutation(len(names))]
        return cls(settings, cls._no_rungs(settings), deck)

    @staticmethod
    def _no_rungs(settings: RaceSettings) -> Rungs[Racer[G]]:
        niches = NICHES if settings.niches else (TOGETHER,)
        return Rungs.start(settings.efforts, settings.shares, niches)

    @classmethod
    @abstractmethod
    def openers(cls, settings: Any) -> list[str]:
        """Return the names of the genomes that open the race; there is one at least."""

    @classmethod
    @abstractmethod
    def read(cls, settings: Any, saved: Any) -> G:
        """Read what a genome's `to_dict` wrote.

        Raises:
            GenomeError: It is none, or not one of this search.
        """

    @abstractmethod
    def opener(self, name: str) -> G:
        """Return the opener of a name."""

    @abstractmethod
    def digest(self, genome: G) -> str:
        """Return what genomes that compute the same have in common."""

    @abstractmethod
    def is_allowed(self, genome: G) -> bool:
        """Say whether a genome is worth a training."""

    @abstractmethod
    def random(self, rng: np.random.Generator) -> tuple[G, tuple[str, ...]]:
        """Return a genome drawn at random, and by what operations it was made."""

    @abstractmethod
    def mutated(self, genome: G, rng: np.random.Generator) -> tuple[G, tuple[str, ...]]:
        """Return a genome as an offspring is mutated, perhaps not at all, and by what."""

    @abstractmethod
    def mutated_once(self, genome: G, rng: np.random.Generator) -> tuple[G, tuple[str, ...]]:
        """Return a genome with one mutation, and which."""

    @abstractmethod
    def crossed(self, genome: G, other: G, rng: np.random.Generator) -> G | None:
        """Return the offspring of two; None where they have nothing to exchange."""

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.out.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return who goes on to the next rung, else a new genome."""
        one = self.rungs.promote()
        if one is not None:
            racer = replace(one, number=number, rung=one.rung + 1, loss=math.inf)
            return self._send(racer, (one.number,), {"trained_again": one.number})
        racer, parents, how = self._new(number, rng)
        self.seen.add(self.digest(racer.genome))
        self.rungs.spend("0", self.settings.efforts[0])
        return self._send(racer, parents, how)

    def _send(self, racer: Racer[G], parents: tuple[int, ...], how: Mapping[str, Any]) -> Candidate:
        self.out[racer.number] = racer
        niche = {"niche": racer.niche} if self.settings.niches else {}
        return Candidate(
            racer.number, racer.genome, parents, {**how, "rung": racer.rung, **niche},
            effort=self.settings.efforts[racer.rung], rate=racer.rate,
        )  # fmt: skip

    def _new(
        self, number: int, rng: np.random.Generator
    ) -> tuple[Racer[G], tuple[int, ...], dict[str, Any]]:
        """Return one that was not there before, the numbers of its parents, and how it came."""
        if self.given:
            operation, racer = self.given.pop()
            return replace(racer, number=number), (), _how(operation)
        if self.deck:
            name = self.deck.pop()
            opener = Racer(number, self.opener(name), 1.0, niche=self.niche_of(OPENERS))
            return opener, (), _how(START, name)
        pools = self._pools()
        n_vain, most_vain = 0, MOST_PARENTS * self.settings.most_tries
        while True:
            parents: tuple[int, ...] = ()
            rate, niche = 1.0, self.niche_of(OPENERS)
            if self._is_immigrant(rng):
                genome, operations = self.random(rng)
                niche = self.niche_of(IMMIGRANTS)
            elif not pools:  # nobody is trained yet: many workers ask at once
                names = self.openers(self.settings)
                opener = self.opener(names[rng.integers(len(names))])
                genome, operations = self.mutated_once(opener, rng)
            else:
                pool = pools[rng.integers(len(pools))] if len(pools) > 1 else pools[0]
                mine = self._parent(pool, rng)
                genome, operations, parents = self._varied(mine, pool, rng)
                rate, niche = self._rate(mine.rate, rng), mine.niche
            for _ in range(self.settings.most_tries):
                if self._is_new(genome) or (n_vain > most_vain and self.is_allowed(genome)):
                    how = {**_how(*operations), "tries": 1 + n_vain}
                    return Racer(number, genome, rate, niche=niche), parents, how
                genome, more = self.mutated_once(genome, rng)
                operations = (*operations, *more)
                n_vain += 1

    def niche_of(self, line: str) -> str:
        """Return with whom a line is compared that begins with an opener, or at random."""
        return line if self.settings.niches else TOGETHER

    def _is_immigrant(self, rng: np.random.Generator) -> bool:
        rate = self.settings.immigrant_rate
        return self.settings.guide == "random" or (rate > 0 and rng.random() < rate)

    def _pools(self) -> list[list[Racer[G]]]:
        """Return who may become a parent, niche by niche; nobody while none is trained."""
        if self.settings.guide == "walk":
            return [self.walked] if self.walked else []
        pools = [self._best_of(niche) for niche in self.rungs.niches]
        return [pool for pool in pools if pool]

    def _best_of(self, niche: str) -> list[Racer[G]]:
        found: dict[str, Racer[G]] = {}
        for rung in reversed(range(len(self.settings.efforts))):
            known = [*self.rungs.waiting[rung][niche], *self.rungs.gone[rung][niche]]
            known = sorted(known, key=lambda one: one.order)[: self.settings.population]
            for one in known:
                found.setdefault(str(one.genome.to_dict()), one)  # as it was on its highest rung
        return list(found.values())

    def _parent(self, pool: list[Racer[G]], rng: np.random.Generator) -> Racer[G]:
        """Return the best of some: whoever has run on a higher rung, then the lower loss."""
        if self.settings.guide == "walk":
            return pool[rng.integers(len(pool))]
        drawn = [pool[i] for i in rng.integers(len(pool), size=self.settings.tournament)]
        return min(drawn, key=lambda one: (-one.rung, *one.order))

    def _varied(
        self, mine: Racer[G], pool: list[Racer[G]], rng: np.random.Generator
    ) -> tuple[G, tuple[str, ...], tuple[int, ...]]:
        genome = mine.genome
        operations: tuple[str, ...] = ()
        parents: tuple[int, ...] = (mine.number,)
        if rng.random() < self.settings.crossover_rate:
            other = self._parent(pool, rng)
            child = None if other is mine else self.crossed(genome, other.genome, rng)
            if child is not None:
                genome, parents = child, (mine.number, other.number)
                operations = ("crossover",)
        genome, mutations = self.mutated(genome, rng)
        operations += mutations
        if not operations:
            genome, operations = self.mutated_once(genome, rng)
        return genome, operations, parents

    def _rate(self, rate: float, rng: np.random.Generator) -> float:
        furthest = self.settings.rate_factor
        return float(np.clip(rate * np.exp(rng.normal(0, RATE_STEP)), 1 / furthest, furthest))

    def _is_new(self, genome: G) -> bool:
        return self.is_allowed(genome) and self.digest(genome) not in self.seen

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Let a trained genome wait on its rung.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        if number not in self.out:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        racer = self.out.pop(number)
        if evaluation.failure is not None or not math.isfinite(evaluation.loss):
            return
        trained = replace(racer, loss=float(evaluation.loss))
        self.rungs.admit(trained)
        if self.settings.guide == "walk" and racer.rung == 0:
            self.walked.append(trained)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain values."""
        return {
            "rungs": self.rungs.to_dict(),
            "deck": list(self.deck),
            "seen": sorted(self.seen),
            "walked": [one.to_dict() for one in self.walked],
            "out": [one.to_dict() for one in self.out.values()],
            "given": [{"how": how, **one.to_dict()} for how, one in self.given],
        }

    @classmethod
    def from_state(cls, settings: RaceSettings, problem: Problem, state: Mapping[str, Any]) -> Self:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search, or a value cannot be.
            GenomeError: A genome is none.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """

        def read(saved: Mapping[str, Any]) -> Racer[G]:
            one = Racer.from_dict(saved, lambda plain: cls.read(settings, plain), cls.kind)
            if one.rung >= len(settings.efforts) or one.niche not in rungs.niches:
                raise ConfigError("The state is that of a race with other rungs.")
            return one

        rungs = cls._no_rungs(settings)
        rungs.restore(state["rungs"], read)
        deck = [str(name) for name in state["deck"]]
        if not {*deck} <= {*cls.openers(settings)}:
            raise ConfigError(f"An opener must be one of {cls.openers(settings)}. Got {deck}.")
        return cls(
            settings, rungs, deck, {str(one) for one in state["seen"]},
            [read(one) for one in state["walked"]],
            {one.number: one for one in map(read, state["out"])},
            [(str(one["how"]), read(one)) for one in state["given"]],
        )  # fmt: skip


def check_niches(settings: RaceSettings) -> None:
    """Check that there are lines that begin at random where they are to race apart.

    Raises:
        ConfigError: There are none.
    """
    if settings.niches and settings.guide != "random" and settings.immigrant_rate == 0:
        raise ConfigError(
            "`niches` needs lines that begin at random: give `immigrant_rate` above 0, as 0.5. "
            "Got 0."
        )


def _how(*operations: str) -> dict[str, Any]:
    return {"operation": operations[0], "operations": list(operations)}
