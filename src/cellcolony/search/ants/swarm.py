"""Settings of Ant Swarm Neuro-Evolution (ElSaid, Ororbia & Desell 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellcolony import cells
from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.pheromones import SCHEMES
from cellcolony.search.ants.population import Population
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.ants.superstructure import Superstructure
from cellcolony.search.ants.weights import MODES


@dataclass(frozen=True)
class AntSwarm:
    """A colony of ants that lays out sparse recurrent networks.

    Attributes:
        n_ants: How many ants found a network; each social species sends half as many on top.
        species: Which ants march, by name; social ones in this order, after the others.
        jumping: Whether forward steps, and social ants, may pass over layers.
        pheromone: The pheromone scheme: what a good network deposits.
        weights: How trained weights are handed down: "function" (the better, the more), a constant
            share, or "none" (drawn anew for each network).
        cells: The cell types among which each hidden node chooses by pheromone.
        n_layers: Hidden layers of the superstructure.
        n_nodes_per_layer: Nodes of each hidden layer.
        max_skip: The longest time skip of a recurrent edge.
        population: How many networks the population holds.
        evaporation_rate: The rate at which pheromone moves back to its start, for each network.
        deposit_rate: The rate of the schemes that deposit by fitness.
        initial_pheromone: What every choice starts with.
        pheromone_floor: The least pheromone of a choice.
        pheromone_cap: The most pheromone of a choice.

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Rates, bounds and the population's size are those of the authors' program. Inputs keep their
        columns, weights their own edges, only networks that improve the population change the
        colony, and inputs and outputs draw no memory cells: that program differs in all four.
    """

    n_ants: int = 80
    species: tuple[str, ...] = ("explorer", "forward_recurrent", "backward_recurrent")
    jumping: bool = True
    pheromone: str = "fitness"
    weights: float | str = "function"
    cells: tuple[str, ...] = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole")
    n_layers: int = 3
    n_nodes_per_layer: int = 12
    max_skip: int = 3
    population: int = 40
    evaporation_rate: float = 0.05
    deposit_rate: float = 0.03
    initial_pheromone: float = 0.7
    pheromone_floor: float = 0.2
    pheromone_cap: float = 20.0

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            must = f"be a whole number of at least {least}"
            _require(name, whole and value >= least, must, value)
        _require("jumping", isinstance(self.jumping, bool), "be true or false", self.jumping)
        rate = self.evaporation_rate
        _require("evaporation_rate", _is_number(rate) and 0 < rate <= 1, "be in (0, 1]", rate)
        for name in ("deposit_rate", "initial_pheromone", "pheromone_floor", "pheromone_cap"):
            value = getattr(self, name)
            _require(name, _is_number(value) and value > 0, "be a positive number", value)
        bounds = f"[{self.pheromone_floor}, {self.pheromone_cap}], from floor to cap"
        _require(
            "initial_pheromone",
            self.pheromone_floor <= self.initial_pheromone <= self.pheromone_cap,
            f"be in {bounds}",
            self.initial_pheromone,
        )
        self._check_weights()
        self._check_names()

    def _check_weights(self) -> None:
        if isinstance(self.weights, str):
            if self.weights not in MODES:
                raise ConfigError(
                    f"`weights` must be 'function', 'none' or a number in [0, 1]. "
                    f"Got {self.weights!r}.{did_you_mean(self.weights, MODES)}"
                )
            return
        inside = _is_number(self.weights) and 0 <= self.weights <= 1
        _require("weights", inside, "be 'function', 'none' or a number in [0, 1]", self.weights)

    def _check_names(self) -> None:
        for name in ("species", "cells"):
            given = getattr(self, name)
            listed = isinstance(given, (tuple, list)) and all(isinstance(g, str) for g in given)
            _require(name, listed and given, "be a list of one or more names", given)
            _require(name, len(set(given)) == len(given), "name each member once", given)
            object.__setattr__(self, name, tuple(given))
        for name in self.cells:
            cells.get(name)
        _require("pheromone", isinstance(self.pheromone, str), "be a name", self.pheromone)
        SCHEMES[self.pheromone]
        social = [SPECIES[name].social for name in self.species]
        if all(social):
            founders = [name for name in SPECIES.names() if not SPECIES[name].social]
            raise ConfigError(
                "`species` must hold one that is not social: social ants move among the nodes that "
                f"others chose. Got {self.species}. Add one of: {', '.join(founders)}."
            )

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
        return AntSearch(self, colony, Population(self.population), {})


_LEAST = {"n_ants": 1, "n_layers": 0, "n_nodes_per_layer": 1, "max_skip": 0, "population": 1}
"""The smallest value of each setting that is a whole number."""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _require(name: str, met: object, must: str, value: object) -> None:
    if not met:
        raise ConfigError(f"`{name}` must {must}. Got {value!r}.")
