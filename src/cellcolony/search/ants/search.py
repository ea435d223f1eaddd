"""Ask and tell: march, hand out a network, take in its verdict (ASNE, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.search.ants.bounds import bounds_for
from cellcolony.search.ants.colony import Colony, Pheromones
from cellcolony.search.ants.deposit import deposited
from cellcolony.search.ants.entropy import entropy
from cellcolony.search.ants.evaporation import evaporated
from cellcolony.search.ants.founding import layout_for, saved_layout
from cellcolony.search.ants.initial_weights import scales
from cellcolony.search.ants.march import march
from cellcolony.search.ants.pheromones import NOTHING, SCHEMES, Trial
from cellcolony.search.ants.phi import share_of
from cellcolony.search.ants.population import Population
from cellcolony.search.ants.settings import STEADY, WITH_DEPOSITS, AntSwarm
from cellcolony.search.ants.subnetwork import Subnetwork
from cellcolony.search.ants.trail import Ground
from cellcolony.search.ants.trainings import Trained, Trainings
from cellcolony.search.ants.weights import (
    as_inherited,
    epochs_behind,
    handed_down,
    n_handed_down,
    starting_weights,
)


class AntSearch:
    """A colony at work; it follows the contract `cellcolony.contract.Search`.

    It is steady-state: `ask` never answers WAIT or DONE. Build it with `AntSearch.start` or
    `AntSearch.from_state`.

    Attributes:
        settings: The colony's settings.
        colony: Pheromone and weights as they are now.
        population: The best networks so far, by their first training.
        finished: The best networks so far, by their second training.
        trainings: What is out, and who is trained a second time.
    """

    def __init__(
        self,
        settings: AntSwarm,
        colony: Colony,
        population: Population,
        finished: Population,
        trainings: Trainings,
    ) -> None:
        self.settings = settings
        self.colony = colony
        self.population = population
        self.finished = finished
        self.trainings = trainings

    @classmethod
    def start(cls, settings: AntSwarm, problem: Problem, rng: np.random.Generator) -> AntSearch:
        """Found a colony for a problem.

        Args:
            settings: The colony's settings.
            problem: What networks read and predict.
            rng: Draws the colony's first weights.

        Raises:
            ConfigError: There are fewer ants than outputs, or the output cell is unknown.
        """
        layout = layout_for(settings, problem)
        even = Pheromones.uniform(layout, settings.initial_pheromone)
        colony = Colony.untrained(layout, even, rng)
        nobody = Population(settings.population)
        return cls(settings, colony, nobody, nobody, Trainings.none(settings, layout))

    @classmethod
    def from_state(
        cls, settings: AntSwarm, problem: Problem, state: Mapping[str, Any]
    ) -> AntSearch:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another colony, or holds a value that cannot be.
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value cannot be.
        """
        layout = saved_layout(settings, problem, state["layout"])
        return cls(
            settings,
            Colony.from_dict(layout, state["colony"]),
            Population.from_dict(settings.population, state["population"]),
            Population.from_dict(settings.population, state["finished"]),
            Trainings.from_dict(settings, layout, state),
        )

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.trainings.pending

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network for a first training, or one whose second training is due."""
        return self.trainings.begin_second(number) or self._march(number, rng)

    def _march(self, number: int, rng: np.random.Generator) -> Candidate:
        """Send the ants out and return the network that they laid out."""
        settings, colony = self.settings, self.colony
        layout, pheromones = colony.layout, colony.pheromones
        if settings.evaporation == STEADY:
            pheromones = self._evaporated()
        ground = Ground.of(layout.structure, pheromones, settings.jumping)
        trail, n_marches = march(ground, settings.species, settings.n_ants, rng)
        subnetwork = Subnetwork.cut_out(trail, pheromones.cells, rng)
        inherited = as_inherited(colony, self._n_handed_down, rng)
        scale = scales(settings.initial_weights, layout, subnetwork)
        network = subnetwork.network(layout, starting_weights(inherited, subnetwork, scale))
        epochs_before = epochs_behind(inherited, subnetwork)

        self.colony = replace(colony, pheromones=pheromones)
        self.trainings.begin_first(number, subnetwork, epochs_before)
        how = {
            "n_marches": n_marches,
            "epochs_before": epochs_before,
            "entropy": round(entropy(layout, pheromones).mean, 4),
        }
        return Candidate(number, network, how=how)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked candidate; draws nothing.

        Networks of a first and of a second training have a population each. A network that improves
        its own hands its weights down and is rewarded. One that is worse than the worst of a full
        population is left to the pheromone scheme. All others, and failed ones while the population
        has room, leave pheromone and weights as they are.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        trained = self.trainings.end(number, evaluation)
        population = self.finished if trained.again else self.population
        improves = population.improved_by(trained.loss)
        if improves:
            population = population.insert(number, trained.loss)
            if trained.again:
                self.finished = population
            else:
                self.population = population
            self._hand_down(trained, population)
        if improves or population.ahead_of(trained.loss):
            self._deposit(trained, population, improves)

    def _evaporated(self) -> Pheromones:
        settings = self.settings
        return evaporated(
            self.colony.pheromones, settings.evaporation_rate, settings.initial_pheromone
        )

    @property
    def _n_handed_down(self) -> int:
        settings = self.settings
        return n_handed_down(self.colony.layout, settings.weights, settings.cell_weights)

    def _hand_down(self, trained: Trained, population: Population) -> None:
        settings, colony = self.settings, self.colony
        self.colony = handed_down(
            colony,
            trained.subnetwork,
            trained.weights,
            scale=scales(settings.initial_weights, colony.layout, trained.subnetwork),
            phi=share_of(settings.weights, trained.loss, population.losses),
            epochs=trained.epochs,
            n_kept=self._n_handed_down,
        )

    def _deposit(self, trained: Trained, population: Population, improves: bool) -> None:
        settings, colony, subnetwork = self.settings, self.colony, trained.subnetwork
        n_edge_weights = len(subnetwork.edges) + len(subnetwork.recurrent)
        trial = Trial(
            loss=trained.loss,
            improves=improves,
            edge_weights=trained.weights[:n_edge_weights],
            losses=population.losses,
            population_size=population.size,
            deposit_rate=settings.deposit_rate,
            penalty=settings.penalty,
        )
        deposit = SCHEMES[settings.pheromone].deposit(trial)
        if deposit == NOTHING:  # moving bounds would raise what earned nothing to their floor
            return
        pheromones = colony.pheromones
        if settings.evaporation == WITH_DEPOSITS:
            pheromones = self._evaporated()
        bounds = bounds_for(settings, colony.layout, population.newest)
        pheromones = deposited(pheromones, subnetwork, deposit, *bounds)
        self.colony = replace(colony, pheromones=pheromones)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        return {
            "layout": self.colony.layout.to_dict(),
            "colony": self.colony.to_dict(),
            "population": self.population.to_dict(),
            "finished": self.finished.to_dict(),
            **self.trainings.to_dict(),
        }
