"""Settings of Ant Swarm Neuro-Evolution (ElSaid, Ororbia & Desell 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.search.ants.checks import check
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.population import Population
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.ants.second_training import SecondTrainings
from cellcolony.search.ants.superstructure import Superstructure
from cellcolony.search.ants.trainings import Trainings


@dataclass(frozen=True)
class AntSwarm:
    """A colony of ants that lays out sparse recurrent networks.

    Attributes:
        n_ants: How many ants each species sends to lay out a network; a social one sends half.
        species: Which ants march, by name; social ones in this order, after the others.
        jumping: Whether forward steps, and social ants, may pass over layers.
        pheromone: The pheromone scheme: what a good network deposits.
        weights: How trained weights are handed down: "function" (the better, the more), a constant
            share, or "none" (drawn anew for each network).
        cell_weights: Whether weights inside cells are handed down as well; otherwise each network
            draws its own, as in the authors' program.
        initial_weights: How weights begin that no network has trained yet: "uniform" in
            U(-0.5, 0.5), or "fan_in", scaled by how many edges enter the target.
        cells: The cell types among which each hidden node chooses by pheromone: names of cells, or
            `node:` and the text of a tree, an evolved node. On the command line several may stand
            behind commas, and the run directory of a search for nodes is its best node.
        n_layers: Hidden layers of the superstructure.
        n_nodes_per_layer: Nodes of each hidden layer.
        max_skip: The longest time skip of a recurrent edge.
        self_loops: Whether recurrent edges may lead from a node to itself.
        backward_edges: Whether recurrent edges may lead to another node of the same or an earlier
            layer.
        population: How many networks of a first training are compared, how many of a second one,
            and how many wait for it at most.
        second_training: A good network is trained again, from the weights that it has, for so many
            times the protocol's epochs; 0 for never [ours].
        second_share: The share of all epochs that second trainings take at most, where there are
            any.
        evaporation: When pheromone moves back to its start: "steady", before each new network, or
            "with_deposits", whenever a network deposits.
        evaporation_rate: The part of the way back that it moves each time.
        deposit_rate: The rate of the schemes that deposit by fitness: fitness, l1 and l2; and of
            published bounds.
        penalty: How much the size of a network's weights lowers its deposit: in l1 and l2.
        initial_pheromone: What every choice starts with.
        bounds: Where pheromone ends: "fixed" at the floor and the cap, or "published", which moves
            both with the loss of the last network that entered the population.
        pheromone_floor: The least pheromone of a choice, where bounds are fixed; before the first
            network has entered the population they always are.
        pheromone_cap: The most pheromone of a choice, where bounds are fixed.

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        The published settings are the preset "paper". The defaults are those that did best on the
        coal data, on validation (`benchmarks/RESULTS.md`): few ants, deposits by rank, little
        pheromone at the start, evaporation with deposits, weights drawn anew [ours]. Inputs keep
        their columns, weights their own edges, only networks that improve the population change
        the colony, and inputs and outputs draw no memory cells: the authors' program differs in all
        four.
    """

    n_ants: int = 16
    species: tuple[str, ...] = ("explorer", "forward_recurrent", "backward_recurrent")
    jumping: bool = True
    pheromone: str = "rank"
    weights: float | str = "none"
    cell_weights: bool = True
    initial_weights: str = "uniform"
    cells: tuple[str, ...] = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole")
    n_layers: int = 3
    n_nodes_per_layer: int = 12
    max_skip: int = 3
    self_loops: bool = True
    backward_edges: bool = True
    population: int = 20
    second_training: int = 4
    second_share: float = 0.5
    evaporation: str = "with_deposits"
    evaporation_rate: float = 0.05
    deposit_rate: float = 0.03
    penalty: float = 0.65
    initial_pheromone: float = 0.1
    bounds: str = "fixed"
    pheromone_floor: float = 0.05
    pheromone_cap: float = 20.0

    def __post_init__(self) -> None:
        check(self)
        object.__setattr__(self, "species", tuple(self.species))
        object.__setattr__(self, "cells", tuple(self.cells))

    def layout(
        self,
        input_names: Sequence[str],
        output_names: Sequence[str],
        output_cell: str = "linear",
    ) -> Layout:
        """Return what the colony can build for this data.

        Raises:
            ConfigError: There are fewer ants than outputs, or the output cell is unknown.
        """
        if self.n_ants < len(output_names):
            raise ConfigError(
                f"`n_ants` must be at least the number of outputs, {len(output_names)}. "
                f"Got {self.n_ants}."
            )
        structure = Superstructure(
            n_inputs=len(input_names),
            n_outputs=len(output_names),
            n_layers=self.n_layers,
            n_nodes_per_layer=self.n_nodes_per_layer,
            max_skip=self.max_skip,
            self_loops=self.self_loops,
            backward_edges=self.backward_edges,
            input_names=tuple(input_names),
            output_names=tuple(output_names),
        )
        return Layout(structure, self.cells, cells.get(output_cell).name)

    def start(
        self,
        input_names: Sequence[str],
        output_names: Sequence[str],
        rng: np.random.Generator,
        output_cell: str = "linear",
    ) -> AntSearch:
        """Found a colony for this data.

        Args:
            input_names: The input columns, in the data's order.
            output_names: The targets, in the data's order.
            rng: Draws the colony's first weights.
            output_cell: What the outputs compute: the training protocol's choice.

        Raises:
            ConfigError: There are fewer ants than outputs, or the output cell is unknown.
        """
        layout = self.layout(input_names, output_names, output_cell)
        colony = Colony.found(layout, self.initial_pheromone, rng)
        nobody = Population(self.population)
        return AntSearch(self, colony, nobody, nobody, self.trainings(layout))

    def restore(
        self, input_names: Sequence[str], output_names: Sequence[str], state: Mapping[str, Any]
    ) -> AntSearch:
        """Continue a search where its state left off.

        Raises:
            ConfigError: The state is that of another colony, or holds a value that cannot be.
        """
        return AntSearch.from_state(self, input_names, output_names, state)

    def trainings(self, layout: Layout, state: Mapping[str, Any] | None = None) -> Trainings:
        """Return the trainings of a search: as a state of it has them, or none."""
        terms = self.second_training, self.second_share, self.population
        if state is None:
            return Trainings(layout, SecondTrainings(*terms), {})
        return Trainings.from_dict(layout, *terms, state)
