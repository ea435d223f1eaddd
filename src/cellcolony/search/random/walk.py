"""Ask and tell: march over even ground, and hand out the network."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.search.ants.colony import Colony, Pheromones
from cellcolony.search.ants.founding import layout_for, saved_layout
from cellcolony.search.ants.initial_weights import scales
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.march import march
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.search.ants.subnetwork import Subnetwork
from cellcolony.search.ants.trail import Ground
from cellcolony.search.ants.trainings import Trainings
from cellcolony.search.ants.weights import starting_weights
from cellcolony.search.random.settings import RandomSearch


class RandomWalk:
    """A random search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        settings: The colony whose march is walked.
        layout: What can be built.
        pheromones: The same on every choice, for ever.
        trainings: What is out, and who is trained a second time.
    """

    def __init__(self, settings: AntSwarm, layout: Layout, trainings: Trainings) -> None:
        self.settings = settings
        self.layout = layout
        self.pheromones = Pheromones.uniform(layout, settings.initial_pheromone)
        self.trainings = trainings

    @classmethod
    def start(
        cls, settings: RandomSearch, problem: Problem, rng: np.random.Generator
    ) -> RandomWalk:
        """Begin a search for a problem; `rng` is not drawn from: networks draw their own weights.

        Raises:
            ConfigError: There are fewer ants than outputs, or the output cell is unknown.
        """
        layout = layout_for(settings.ants, problem)
        return cls(settings.ants, layout, Trainings.none(settings.ants, layout))

    @classmethod
    def from_state(
        cls, settings: RandomSearch, problem: Problem, state: Mapping[str, Any]
    ) -> RandomWalk:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search, or holds a value that cannot be.
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value cannot be.
        """
        layout = saved_layout(settings.ants, problem, state["layout"])
        return cls(settings.ants, layout, Trainings.from_dict(settings.ants, layout, state))

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.trainings.pending

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network for a first training, or one whose second training is due."""
        return self.trainings.begin_second(number) or self._march(number, rng)

    def _march(self, number: int, rng: np.random.Generator) -> Candidate:
        """Send the ants over even ground; the network that they lay out gets weights of its own."""
        settings = self.settings
        ground = Ground.of(self.layout.structure, self.pheromones, settings.jumping)
        trail, n_marches = march(ground, settings.species, settings.n_ants, rng)
        subnetwork = Subnetwork.cut_out(trail, self.pheromones.cells, rng)
        untrained = Colony.untrained(self.layout, self.pheromones, rng)
        scale = scales(settings.initial_weights, self.layout, subnetwork)
        network = subnetwork.network(self.layout, starting_weights(untrained, subnetwork, scale))
        self.trainings.begin_first(number, subnetwork, epochs_before=0)
        return Candidate(number, network, how={"n_marches": n_marches, "epochs_before": 0})

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Let a good network wait for its second training, and learn nothing from it.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        self.trainings.end(number, evaluation)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        return {"layout": self.layout.to_dict(), **self.trainings.to_dict()}
