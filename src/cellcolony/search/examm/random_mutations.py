"""Random search over the same genomes: what islands find better is what selection is worth.

A random network is the seed genome after a chain of mutations, with nobody judged in between. The
chain is as long as if each network descended from one drawn evenly among all that were asked before
it and the seed genome: so it grows with the logarithm of the number [ours]. Each step is as many
mutations as a child of the evolution undergoes. Weights are drawn anew for each network.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Any

import numpy as np

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.new_weights import drawn_anew
from cellcolony.search.examm.phenotype import network_of
from cellcolony.search.examm.saved import count
from cellcolony.search.examm.seed import seed_genome, seed_innovations
from cellcolony.search.examm.settings import Examm
from cellcolony.search.examm.variation import mutated
from cellcolony.settings import settings


@settings
class RandomMutations:
    """Networks made by random mutations of the seed genome.

    Attributes:
        examm: The evolution in whose space they are drawn: its mutations, cells and skips count,
            its islands and crossovers do not.
    """

    examm: Examm = field(default_factory=Examm)


class MutationChains:
    """A random search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        settings: The evolution in whose space networks are drawn.
        problem: What networks read and predict.
    """

    def __init__(self, settings: Examm, problem: Problem, pending: Collection[int] = ()) -> None:
        self.settings = settings
        self.problem = problem
        self._pending = set(pending)

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self._pending

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network that depends on its number and its own random stream alone."""
        assert number not in self._pending, f"candidate {number} was asked before"
        settings = self.settings
        context = Context(settings.cells, settings.max_skip, seed_innovations(self.problem))
        n_steps = _n_ancestors(number, rng)
        n_mutations = settings.n_mutations * n_steps
        genome, done = mutated(
            seed_genome(self.problem, rng), n_mutations, settings.mutation_rates, rng, context
        )
        network = network_of(drawn_anew(genome, rng), self.problem)
        self._pending.add(number)
        how = {"operations": list(done), "epochs_before": 0}
        return Candidate(number, network, how=how)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Learn nothing from what became of a network.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        self._pending.remove(number)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain values."""
        return {"pending": sorted(self._pending)}

    @classmethod
    def start(
        cls, settings: RandomMutations, problem: Problem, rng: np.random.Generator
    ) -> MutationChains:
        """Begin a search; `rng` is not drawn from: `ask` is given what draws each network."""
        return cls(settings.examm, problem)

    @classmethod
    def from_state(
        cls, settings: RandomMutations, problem: Problem, state: Mapping[str, Any]
    ) -> MutationChains:
        """Continue where `state` left off.

        Raises:
            ConfigError: A number cannot be.
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value cannot be.
        """
        return cls(settings.examm, problem, [count(number) for number in state["pending"]])


def _n_ancestors(number: int, rng: np.random.Generator) -> int:
    """Return how many steps lie behind a network whose every ancestor was drawn evenly."""
    n = 1
    while number > 0:
        number = int(rng.integers(number + 1)) - 1  # -1: the seed genome
        n += number >= 0
    return n
