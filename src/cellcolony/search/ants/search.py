"""Ask and tell: march, hand out a network, take in its verdict (ASNE, Algorithm 1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import GenomeError
from cellcolony.fitness.evaluation import Evaluation
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.deposit import deposited
from cellcolony.search.ants.evaporation import evaporated
from cellcolony.search.ants.march import march
from cellcolony.search.ants.pheromones import SCHEMES, Trial
from cellcolony.search.ants.population import Population
from cellcolony.search.ants.subnetwork import Subnetwork
from cellcolony.search.ants.trail import Ground
from cellcolony.search.ants.weights import NOT_AT_ALL, epochs_behind, handed_down, share_of
from cellcolony.search.contract import Candidate

if TYPE_CHECKING:
    from cellcolony.search.ants.swarm import AntSwarm


class Pending(NamedTuple):
    """A candidate that was asked and not told.

    Attributes:
        subnetwork: What it uses of the superstructure.
        epochs_before: The epochs of training behind the weights that it starts from.
    """

    subnetwork: Subnetwork
    epochs_before: int


class AntSearch:
    """A colony at work; it follows the contract `cellcolony.search.contract.Search`.

    It is steady-state: `ask` never answers WAIT or DONE. Build it with `AntSwarm.start` or
    `AntSearch.from_state`.

    Attributes:
        settings: The colony's settings.
        colony: Pheromone and weights as they are now.
        population: The best networks so far.
    """

    def __init__(
        self,
        settings: AntSwarm,
        colony: Colony,
        population: Population,
        pending: Mapping[int, Pending],
    ) -> None:
        self.settings = settings
        self.colony = colony
        self.population = population
        self._pending = dict(pending)

    @classmethod
    def from_state(
        cls,
        settings: AntSwarm,
        input_names: Sequence[str],
        output_names: Sequence[str],
        state: Mapping[str, Any],
    ) -> AntSearch:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of a colony of another size.
        """
        layout = settings.layout(input_names, output_names, state["output_cell"])
        return cls(
            settings,
            Colony.from_dict(layout, state["colony"]),
            Population.from_dict(settings.population, state["population"]),
            {
                int(saved["number"]): Pending(
                    Subnetwork.from_dict(saved), int(saved["epochs_before"])
                )
                for saved in state["pending"]
            },
        )

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Let pheromone evaporate, send the ants out and return the network that they laid out."""
        assert number not in self._pending, f"candidate {number} was asked before"
        settings, colony = self.settings, self.colony
        layout = colony.layout
        pheromones = evaporated(
            colony.pheromones, settings.evaporation_rate, settings.initial_pheromone
        )
        ground = Ground.of(layout.structure, pheromones, settings.jumping)
        trail, n_marches = march(ground, settings.species, settings.n_ants, rng)
        subnetwork = Subnetwork.cut_out(trail, pheromones.cells, rng)
        weights, epochs_before = colony.weights, epochs_behind(colony, subnetwork)
        if settings.weights == NOT_AT_ALL:
            weights, epochs_before = layout.draw_weights(rng), 0
        network = subnetwork.network(layout, weights)

        self.colony = replace(colony, pheromones=pheromones)
        self._pending[number] = Pending(subnetwork, epochs_before)
        how = {"n_marches": n_marches, "epochs_before": epochs_before}
        return Candidate(number, network, how=how)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked candidate; draws nothing.

        A network that improves the population hands its weights down and is rewarded. One that is
        worse than the worst of a full population is left to the pheromone scheme. All others, and
        failed ones while the population has room, change nothing.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        subnetwork, epochs_before = self._pending[number]
        loss, weights = _verdict(evaluation, subnetwork.weight_positions(self.colony.layout).size)
        del self._pending[number]

        improves = self.population.improved_by(loss)
        if not improves and not self.population.ahead_of(loss):
            return
        if improves:
            self.population = self.population.insert(number, loss)
            phi = share_of(self.settings.weights, loss, self.population.losses)
            epochs = epochs_before + evaluation.n_epochs
            self.colony = handed_down(self.colony, subnetwork, weights, phi, epochs)
        self._deposit(subnetwork, loss, weights, improves)

    def _deposit(
        self, subnetwork: Subnetwork, loss: float, weights: NDArray[np.floating], improves: bool
    ) -> None:
        settings, colony = self.settings, self.colony
        n_edge_weights = len(subnetwork.edges) + len(subnetwork.recurrent)
        trial = Trial(
            loss=loss,
            improves=improves,
            edge_weights=weights[:n_edge_weights],
            losses=self.population.losses,
            deposit_rate=settings.deposit_rate,
        )
        deposit = SCHEMES[settings.pheromone](trial)
        pheromones = deposited(
            colony.pheromones,
            subnetwork,
            deposit,
            settings.pheromone_floor,
            settings.pheromone_cap,
        )
        self.colony = replace(colony, pheromones=pheromones)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        return {
            "output_cell": self.colony.layout.output_cell,
            "colony": self.colony.to_dict(),
            "population": self.population.to_dict(),
            "pending": [
                {
                    "number": number,
                    "epochs_before": waiting.epochs_before,
                    **waiting.subnetwork.to_dict(),
                }
                for number, waiting in self._pending.items()
            ],
        }


def _verdict(evaluation: Evaluation, n_weights: int) -> tuple[float, NDArray[np.floating]]:
    """Return loss and trained weights; what is not finite has failed: an infinite loss, none."""
    failed = math.inf, np.empty(0)
    if evaluation.failure is not None or not math.isfinite(evaluation.loss):
        return failed
    if evaluation.weights is None or evaluation.weights.shape != (n_weights,):
        found = None if evaluation.weights is None else evaluation.weights.shape
        raise GenomeError(f"The trained weights must have shape ({n_weights},). Got {found}.")
    if not np.isfinite(evaluation.weights).all():
        return failed
    return evaluation.loss, evaluation.weights
