"""How a child is made: who its parents are, and what is done to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cellcolony.contract import START_FROM, Problem
from cellcolony.search.examm.crossovers import between_islands, recombined, within_island
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.given import Given
from cellcolony.search.examm.islands import Island, Member
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import drawn_anew
from cellcolony.search.examm.repopulations import REPOPULATIONS
from cellcolony.search.examm.seed import seed_genome
from cellcolony.search.examm.settings import Examm
from cellcolony.search.examm.variation import mutated

WITHIN, BETWEEN = "crossover_within", "crossover_between"


class Child(NamedTuple):
    """A genome that is to be judged.

    Attributes:
        genome: The genome, with the weights that its training starts from.
        parents: The numbers of the candidates that it descends from, the fitter first.
        operations: What was done, by name, in order.
        epochs: The epochs of training behind its weights; of two parents the more.
    """

    genome: Genome
    parents: tuple[int, ...]
    operations: tuple[str, ...]
    epochs: int


@dataclass(frozen=True)
class Breeder:
    """Makes the children of a search.

    Attributes:
        settings: Those of the search.
        problem: What networks read and predict.
        context: What mutations must know.
        given: The genomes that islands begin with; the seed genome where there are none.
    """

    settings: Examm
    problem: Problem
    context: Context
    given: tuple[Given, ...] = ()

    def first_fill(self, islands: Sequence[Island], at: int, rng: np.random.Generator) -> Child:
        """Return a child for an island that fills for the first time: a mutation of a member.

        Members have the same chance; where there is none yet it is the seed genome [ours], or a
        given one.
        """
        if islands[at].members:
            return self._mutation(islands[at].members, rng)
        if self.given:
            one = self.given[at % len(self.given)]
            genome, done = self._mutated(one.genome, rng)
            return self._of_given(genome, one, (START_FROM, *done), rng)
        genome, done = self._mutated(seed_genome(self.problem, rng), rng)
        return self._child(genome, (), done, rng)

    def as_given(self, one: Given, rng: np.random.Generator) -> Child:
        """Return a given genome itself."""
        return self._of_given(one.genome, one, (START_FROM,), rng)

    def _of_given(
        self, genome: Genome, one: Given, operations: tuple[str, ...], rng: np.random.Generator
    ) -> Child:
        if not self.settings.lamarckian:
            return Child(drawn_anew(genome, rng), (), operations, epochs=0)
        return Child(genome, (), operations, one.epochs)

    def refill(self, islands: Sequence[Island], at: int, rng: np.random.Generator) -> Child:
        """Return a child for an island that was erased."""
        way = self.settings.repopulation
        parents = _fitter_first(REPOPULATIONS[way].parents(islands, at, rng))
        genome, done = self._mutated(_united(parents, rng), rng)
        return self._child(genome, parents, (way, *done), rng)

    def breed(self, islands: Sequence[Island], at: int, rng: np.random.Generator) -> Child:
        """Return a child for a full island: a mutation or a crossover.

        Where a crossover finds no second parent, it is a mutation [ours].
        """
        x, p_within = rng.random(), self.settings.p_within
        way, pair = "", None
        if x < p_within:
            way, pair = WITHIN, within_island(islands, at, rng)
        elif x < p_within + self.settings.p_between:
            way, pair = BETWEEN, between_islands(islands, at, rng)
        if pair is None:
            return self._mutation(islands[at].members, rng)
        parents = _fitter_first(pair)
        return self._child(_united(parents, rng), parents, (way,), rng)

    def _mutation(self, members: Sequence[Member], rng: np.random.Generator) -> Child:
        parent = members[int(rng.integers(len(members)))]
        genome, done = self._mutated(parent.genome, rng)
        return self._child(genome, (parent,), done, rng)

    def _mutated(self, genome: Genome, rng: np.random.Generator) -> tuple[Genome, tuple[str, ...]]:
        return mutated(genome, self.settings.n_mutations, self._rates, rng, self.context)

    @cached_property
    def _rates(self) -> Mapping[str, float]:
        return self.settings.mutation_rates

    def _child(
        self,
        genome: Genome,
        parents: Sequence[Member],
        operations: tuple[str, ...],
        rng: np.random.Generator,
    ) -> Child:
        numbers = tuple(parent.number for parent in parents)
        if not self.settings.lamarckian:
            return Child(drawn_anew(genome, rng), numbers, operations, epochs=0)
        return Child(genome, numbers, operations, max((one.epochs for one in parents), default=0))


def _fitter_first(parents: Sequence[Member]) -> tuple[Member, ...]:
    return tuple(sorted(parents, key=lambda one: one.rank))


def _united(parents: Sequence[Member], rng: np.random.Generator) -> Genome:
    """Return the genome of one parent, or the recombination of two, the fitter first."""
    first, *rest = (parent.genome for parent in parents)
    return recombined(first, rest[0], rng) if rest else first
