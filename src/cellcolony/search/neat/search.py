"""Ask and tell: generation after generation of networks."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from cellcolony.contract import DONE, WAIT, Candidate, Evaluation, Problem, Signal
from cellcolony.errors import ConfigError
from cellcolony.search.neat.genome import Genome, Layout
from cellcolony.search.neat.innovations import Innovations
from cellcolony.search.neat.phenotype import check_outputs, express
from cellcolony.search.neat.reproduction import Offspring, first_generation, next_generation
from cellcolony.search.neat.settings import Neat
from cellcolony.search.neat.species import Member, Speciation


class NeatSearch:
    """NEAT at work; it follows the contract `cellcolony.contract.Search`.

    It is generational: `ask` answers WAIT while results of a generation are out that has no more
    networks to give, and DONE after the last generation, if there is one. Build it with
    `NeatSearch.start` or `NeatSearch.from_state`.

    Attributes:
        settings: The settings of the search.
        layout: The inputs and outputs.
        speciation: The species.
        innovations: Numbers what is new.
        generation: The number of the generation that is asked now, from 0.
        queue: Its genomes that were not asked yet.
        results: Its genomes that were told, with the ids of their species.
    """

    def __init__(
        self,
        settings: Neat,
        layout: Layout,
        speciation: Speciation,
        innovations: Innovations,
        generation: int,
        queue: list[Offspring],
        results: list[tuple[int, Member]],
        pending: Mapping[int, tuple[int, Genome]],
    ) -> None:
        self.settings = settings
        self.layout = layout
        self.speciation = speciation
        self.innovations = innovations
        self.generation = generation
        self.queue = queue
        self.results = results
        self._pending = dict(pending)

    @classmethod
    def start(cls, settings: Neat, problem: Problem, rng: np.random.Generator) -> NeatSearch:
        """Begin with a minimal structure, whose weights `rng` draws.

        Raises:
            ConfigError: Output nodes compute a cell that has weights beside a bias.
        """
        layout = Layout.of(problem)
        check_outputs(layout)
        speciation = Speciation.start(settings)
        queue = first_generation(speciation, layout, rng)
        innovations = Innovations.start(layout)
        return cls(settings, layout, speciation, innovations, 0, queue, [], {})

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self._pending.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        """Return the next network; the first ask of a generation makes all of it."""
        assert number not in self._pending, f"candidate {number} was asked before"
        if not self.queue:
            last = self.settings.generations
            if last is not None and self.generation + 1 >= last:
                return DONE
            if self._pending:
                return WAIT
            self._begin_generation(rng)
        is_first = len(self.queue) == self.settings.population
        one = self.queue.pop(0)
        self._pending[number] = one.species, one.genome
        how = {
            "operation": one.operations[0],
            "operations": list(one.operations),
            "generation": self.generation,
            "species": one.species,
            "epochs_before": 0,
        }
        if is_first:
            how["census"] = {
                "active": [species.id for species in self.speciation.species],
                "threshold": round(self.speciation.threshold, 6),
            }
        return Candidate(number, express(one.genome, self.layout), one.parents, how)

    def _begin_generation(self, rng: np.random.Generator) -> None:
        members: dict[int, list[Member]] = {}
        for species, member in sorted(self.results, key=lambda result: result[1].number):
            members.setdefault(species, []).append(member)
        self.queue = next_generation(self.speciation, members, self.layout, self.innovations, rng)
        self.results = []
        self.generation += 1

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked network; draws nothing.

        Trained weights, where another judge trains, are not written back into the genome.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        species, genome = self._pending.pop(number)
        failed = evaluation.failure is not None or not math.isfinite(evaluation.loss)
        loss = math.inf if failed else float(evaluation.loss)
        self.results.append((species, Member(loss, number, genome)))

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        return {
            "layout": {
                "inputs": list(self.layout.inputs),
                "outputs": list(self.layout.outputs),
                "output_cell": self.layout.output_cell,
            },
            "generation": self.generation,
            "innovations": self.innovations.to_dict(),
            "speciation": self.speciation.to_dict(),
            "queue": [one.to_dict() for one in self.queue],
            "results": [
                {
                    "species": species,
                    "loss": member.loss,
                    "number": member.number,
                    **member.genome.to_dict(),
                }
                for species, member in self.results
            ],
            "pending": [
                {"number": number, "species": species, **genome.to_dict()}
                for number, (species, genome) in self._pending.items()
            ],
        }

    @classmethod
    def from_state(cls, settings: Neat, problem: Problem, state: Mapping[str, Any]) -> NeatSearch:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search, or holds a value that cannot be.
            GenomeError: Arrays are no genome.
            KeyError, TypeError, ValueError: A value is missing, or of another kind.
        """
        layout = Layout.of(problem)
        check_outputs(layout)
        saved = state["layout"]
        found = Layout(tuple(saved["inputs"]), tuple(saved["outputs"]), saved["output_cell"])
        if found != layout:
            raise ConfigError("The state is that of another search: its inputs or outputs differ.")
        queue = [Offspring.from_dict(one, layout) for one in state["queue"]]
        results = [
            (
                int(one["species"]),
                Member(float(one["loss"]), int(one["number"]), Genome.from_dict(one, layout)),
            )
            for one in state["results"]
        ]
        pending = {
            int(one["number"]): (int(one["species"]), Genome.from_dict(one, layout))
            for one in state["pending"]
        }
        speciation = Speciation.from_dict(settings, state["speciation"], layout)
        innovations = Innovations.from_dict(state["innovations"], layout)
        search = cls(
            settings, layout, speciation, innovations, int(state["generation"]), queue, results,
            pending,
        )  # fmt: skip
        search._check()
        return search

    def _check(self) -> None:
        """Check a state that somebody else may have written.

        Raises:
            ConfigError: Its parts do not fit together.
        """
        n = len(self.queue) + len(self.results) + len(self._pending)
        last = self.settings.generations
        if n != self.settings.population or not 0 <= self.generation < (last or math.inf):
            raise ConfigError(
                f"The state is that of another search: {n} networks in generation "
                f"{self.generation}. There must be {self.settings.population}."
            )
        members = [member for _, member in self.results]
        genomes = [
            *(one.genome for one in self.queue),
            *(member.genome for member in members),
            *(genome for _, genome in self._pending.values()),
            *(one.representative for one in self.speciation.species),
        ]
        for genome in genomes:
            if not len(genome):
                raise ConfigError("A genome of a saved search has no links.")
            if (
                genome.numbers[-1] >= self.innovations.next_number
                or genome.node_ids[-1] >= self.innovations.next_node
            ):
                raise ConfigError("A genome of a saved search has a link that was never made.")
        ids = {
            *(one.species for one in self.queue),
            *(species for species, _ in self.results),
            *(species for species, _ in self._pending.values()),
        }
        if not ids <= {one.id for one in self.speciation.species}:
            raise ConfigError("A genome of a saved search belongs to no species.")
        numbers = [*(member.number for member in members), *self._pending]
        losses = [member.loss for member in members]
        if min((0, *numbers)) < 0 or not all(loss >= 0 for loss in losses):
            raise ConfigError("A saved search has a number or a loss that cannot be.")
