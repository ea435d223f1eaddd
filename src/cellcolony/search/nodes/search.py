"""Ask and tell: generation after generation of trees (section 3)."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.contract import DONE, WAIT, Candidate, Evaluation, Problem, Signal, Start
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.generation import first_generation, next_generation
from cellcolony.search.nodes.given import given_trees, operation_of
from cellcolony.search.nodes.offspring import Offspring
from cellcolony.search.nodes.reproduction import Settled
from cellcolony.search.nodes.saved import plain, read
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.search.nodes.speciation import Speciation
from cellcolony.search.nodes.species import Member


class NodeSearch:
    """An evolution of nodes at work; it follows the contract `cellcolony.contract.Search`.

    It is generational: `ask` answers WAIT while results of a generation are out that has no more
    trees to give, and DONE after the last generation. Build it with `NodeSearch.start` or
    `NodeSearch.from_state`.

    Attributes:
        settings: The settings of the evolution.
        speciation: The species, and the trees that were there before.
        generation: The number of the generation that is asked now, from 0.
        queue: Its trees that were not asked yet.
        results: Its trees that were told, with the ids of their species.
    """

    def __init__(
        self,
        settings: NodeEvolution,
        speciation: Speciation,
        generation: int,
        queue: list[Settled],
        results: list[tuple[int, Member]],
        pending: Mapping[int, tuple[int, Tree]],
    ) -> None:
        self.settings = settings
        self.speciation = speciation
        self.generation = generation
        self.queue = queue
        self.results = results
        self._pending = dict(pending)

    @classmethod
    def start(
        cls, settings: NodeEvolution, problem: Problem, rng: np.random.Generator
    ) -> NodeSearch:
        """Begin with simple trees, which `rng` draws; a node is the same for every problem."""
        speciation = Speciation(settings)
        return cls(settings, speciation, 0, first_generation(speciation, rng), [], {})

    @classmethod
    def begin_with(
        cls,
        settings: NodeEvolution,
        problem: Problem,
        rng: np.random.Generator,
        starts: Sequence[Start],
    ) -> NodeSearch:
        """Begin with given trees, and as many simple ones as the population needs beside them.

        Raises:
            ConfigError: A tree does not fit the search, or there are too many.
        """
        if len(starts) > settings.population:
            raise ConfigError(
                f"A generation has {settings.population} trees, and {len(starts)} are given to "
                f"start from. Give fewer, or --population {len(starts)}."
            )
        trees = given_trees(starts, settings.bias, settings.grammar, settings.most_height)
        given = [
            Offspring(tree, operations=(operation_of(start),))
            for tree, start in zip(trees, starts, strict=True)
        ]
        speciation = Speciation(settings)
        return cls(settings, speciation, 0, first_generation(speciation, rng, given), [], {})

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self._pending.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        """Return the next tree of the generation; the first ask of a new one makes all of it."""
        assert number not in self._pending, f"candidate {number} was asked before"
        if not self.queue:
            if self.generation + 1 >= self.settings.generations:
                return DONE
            if self._pending:
                return WAIT
            self._begin_generation(rng)
        census = self._census() if len(self.queue) == self.settings.population else {}
        species, offspring = self.queue.pop(0)
        self._pending[number] = species, offspring.tree
        how = {**offspring.how, "generation": self.generation, "species": species, **census}
        return Candidate(number, offspring.tree, offspring.parents, how)

    def _begin_generation(self, rng: np.random.Generator) -> None:
        results = sorted(self.results, key=lambda result: result[1].number)
        self.speciation.end_generation(results)
        self.results = []
        self.generation += 1
        self.queue = next_generation(self.speciation, rng)

    def _census(self) -> dict[str, Any]:
        """Return the species as a generation begins, for the journal."""
        speciation = self.speciation
        return {
            "census": {
                "active": [species.id for species in speciation.active],
                "n_inactive": len(speciation.waiting.species),
                "hall_of_shame": [species.id for species in speciation.hall.fallen],
            }
        }

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked tree; draws nothing.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        species, tree = self._pending.pop(number)
        failed = evaluation.failure is not None or not math.isfinite(evaluation.loss)
        loss = math.inf if failed else float(evaluation.loss)
        self.results.append((species, Member(loss, number, tree)))

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain values."""
        return {
            "bias": self.settings.bias,
            "generation": self.generation,
            "queue": [
                {"species": species, **plain(offspring)} for species, offspring in self.queue
            ],
            "results": [{"species": species, **plain(member)} for species, member in self.results],
            "pending": [
                {"number": number, "species": species, "tree": tree.text}
                for number, (species, tree) in self._pending.items()
            ],
            "species": self.speciation.to_dict(),
        }

    @classmethod
    def from_state(
        cls, settings: NodeEvolution, problem: Problem, state: Mapping[str, Any]
    ) -> NodeSearch:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search, or holds a value that cannot be.
            GenomeError: A text is no tree.
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value cannot be.
        """
        bias = settings.bias
        if state["bias"] != bias:
            raise ConfigError(f"The state is that of another search: `bias` is {not bias} there.")
        queue = [Settled(int(one["species"]), read(Offspring, one, bias)) for one in state["queue"]]
        results = [(int(one["species"]), read(Member, one, bias)) for one in state["results"]]
        pending = {
            int(one["number"]): (
                int(one["species"]),
                Tree.from_dict({"tree": one["tree"], "bias": bias}),
            )
            for one in state["pending"]
        }
        generation = int(state["generation"])
        n_trees = len(queue) + len(results) + len(pending)
        if not 0 <= generation < settings.generations or n_trees != settings.population:
            raise ConfigError(
                f"The state is that of another search: {n_trees} trees in generation {generation}. "
                f"There must be {settings.population}, in {settings.generations} generations."
            )
        speciation = Speciation.from_dict(settings, state["species"])
        ids = {id for id, _ in (*queue, *results, *pending.values())}
        if min((0, *pending, *ids)) < 0 or max(ids) >= speciation.n_founded:
            raise ConfigError(f"A saved search has numbers that cannot be: {sorted(ids)[:5]}.")
        if not speciation.can_breed(ids):
            raise ConfigError("A saved search has no tree that could ever breed.")
        return cls(settings, speciation, generation, queue, results, pending)
