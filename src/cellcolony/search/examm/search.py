"""Ask and tell: islands are fed in turn, each as soon as a worker is free."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cellcolony import cells
from cellcolony.contract import Candidate, Evaluation, Problem, Start
from cellcolony.errors import GenomeError
from cellcolony.search.examm.given import Given, genome_of
from cellcolony.search.examm.islands import Island, Member, worst_island
from cellcolony.search.examm.mutations import Context
from cellcolony.search.examm.offspring import Breeder, Child
from cellcolony.search.examm.phenotype import n_weights, network_of, with_trained
from cellcolony.search.examm.saved import Pending, Saved, check_phase, count, from_dict, to_dict
from cellcolony.search.examm.seed import seed_innovations
from cellcolony.search.examm.settings import NO_REPOPULATION, Examm
from cellcolony.search.starts import network_of_start


class ExammSearch:
    """An evolution on islands at work; it follows the contract `cellcolony.contract.Search`.

    It is steady-state: `ask` never answers WAIT or DONE. Build it with `ExammSearch.start` or
    `ExammSearch.from_state`.

    Attributes:
        settings: Those of the search.
        problem: What networks read and predict.
        innovations: The innovation numbers that were given out.
        islands: The populations.
        turn: The place of the island that is fed next.
        were_full: Whether all islands have been full: until then children are mutations alone.
        n_since_erased: How many evaluations were told since an island was last erased.
        n_given: How many of the given genomes were asked for as they are.
    """

    def __init__(self, settings: Examm, saved: Saved) -> None:
        self.settings = settings
        self.problem = saved.problem
        self.innovations = saved.innovations
        self.islands = saved.islands
        self.turn = 0
        self.were_full = False
        self.n_since_erased = 0
        self.n_given = 0
        self._pending = saved.pending
        context = Context(settings.cells, settings.max_skip, self.innovations)
        self._breeder = Breeder(settings, self.problem, context, saved.given)

    @classmethod
    def start(cls, settings: Examm, problem: Problem, rng: np.random.Generator) -> ExammSearch:
        """Begin a search; `rng` is not drawn from: `ask` is given what draws each child.

        Raises:
            ConfigError: The output cell is unknown.
        """
        problem = replace(problem, output_cell=cells.get(problem.output_cell).name)
        islands = [Island(settings.island_size)] * settings.n_islands
        return cls(settings, Saved(problem, seed_innovations(problem), islands, {}))

    @classmethod
    def begin_with(
        cls, settings: Examm, problem: Problem, rng: np.random.Generator, starts: Sequence[Start]
    ) -> ExammSearch:
        """Begin a search with given networks: each is judged, and islands begin with them.

        Raises:
            ConfigError: A network does not fit the search.
        """
        began = cls.start(settings, problem, rng)
        given = []
        for start in starts:
            network = network_of_start(start, began.problem, settings.cells, rng)
            genome = genome_of(start, network, settings, began.problem, began.innovations)
            given.append(Given(start.origin, genome, start.epochs))
        saved = Saved(began.problem, began.innovations, began.islands, {}, tuple(given))
        return cls(settings, saved)

    @classmethod
    def from_state(cls, settings: Examm, problem: Problem, state: Mapping[str, Any]) -> ExammSearch:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search, or holds a value that cannot be.
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value cannot be.
        """
        search = cls(settings, from_dict(settings, problem, state))
        search.turn = count(state["turn"], settings.n_islands - 1)
        search.n_since_erased = count(state["n_since_erased"])
        search.were_full = bool(state["were_full"])
        search.n_given = count(state["n_given"], len(search._breeder.given))
        check_phase(settings, search.islands, search.were_full)
        return search

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self._pending.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return the next child of the island whose turn it is."""
        assert number not in self._pending, f"candidate {number} was asked before"
        at = self.turn
        n_given, child = self.n_given, self._child(at, rng)
        network = network_of(child.genome, self.problem)
        self.turn = (at + 1) % len(self.islands)
        self._pending[number] = Pending(child.genome, at, self.islands[at].founded, child.epochs)
        operations = list(child.operations)
        how = {"island": at, "operations": operations, "epochs_before": child.epochs}
        if self.n_given > n_given:
            how["from"] = self._breeder.given[n_given].origin
        return Candidate(number, network, child.parents, how)

    def _child(self, at: int, rng: np.random.Generator) -> Child:
        if self.n_given < len(self._breeder.given):
            self.n_given += 1
            return self._breeder.as_given(self._breeder.given[self.n_given - 1], rng)
        if not self.were_full:
            return self._breeder.first_fill(self.islands, at, rng)
        if self.islands[at].full:
            return self._breeder.breed(self.islands, at, rng)
        return self._breeder.refill(self.islands, at, rng)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked candidate; draws nothing.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        child = self._pending[number]
        member = _member(number, child, evaluation)
        del self._pending[number]
        island = self.islands[child.island]
        if member is not None and child.founded == island.founded:
            self.islands[child.island] = island.insert(member)
        self.n_since_erased += 1
        if all(island.full for island in self.islands):
            self.were_full = True
            self._erase_the_worst()

    def _erase_the_worst(self) -> None:
        settings = self.settings
        due = self.n_since_erased >= settings.repopulate_after
        if due and settings.repopulation != NO_REPOPULATION:
            worst = worst_island(self.islands)
            self.islands[worst] = self.islands[worst].erased()
            self.n_since_erased = 0

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        given = self._breeder.given
        saved = Saved(self.problem, self.innovations, self.islands, self._pending, given)
        counts = {
            "turn": self.turn,
            "n_since_erased": self.n_since_erased,
            "were_full": self.were_full,
            "n_given": self.n_given,
        }
        return {**to_dict(saved), **counts}


def _member(number: int, child: Pending, evaluation: Evaluation) -> Member | None:
    """Return a child as it was trained; None where it failed or has numbers that are not finite."""
    if evaluation.failure is not None or not math.isfinite(evaluation.loss):
        return None
    expected, weights = n_weights(child.genome), evaluation.weights
    if weights is None or weights.shape != (expected,):
        found = None if weights is None else weights.shape
        raise GenomeError(f"The trained weights must have shape ({expected},). Got {found}.")
    if not np.isfinite(weights).all():
        return None
    epochs = child.epochs + evaluation.n_epochs
    return Member(evaluation.loss, number, with_trained(child.genome, weights), epochs)
