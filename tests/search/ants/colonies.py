"""Small colonies for the tests of the ants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from cellcolony.contract import Problem
from cellcolony.search.ants import AntSearch, AntSwarm, Superstructure
from cellcolony.search.ants.colony import Pheromones
from cellcolony.search.ants.founding import layout_for
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.ants.trail import Ground, Trail


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def equal_pheromones(structure: Superstructure, n_cells: int = 2, tau: float = 0.7) -> Pheromones:
    return Pheromones(
        start=np.full(structure.n_inputs, tau),
        edges=np.full(len(structure.edges), tau),
        recurrent=np.full(len(structure.recurrent_edges), tau),
        cells=np.full((structure.n_hidden, n_cells), tau),
    )


def ground(structure: Superstructure, jumping: bool = True) -> Ground:
    return Ground.of(structure, equal_pheromones(structure), jumping)


SMALL: dict[str, Any] = {
    "n_ants": 6,
    "n_layers": 2,
    "n_nodes_per_layer": 3,
    "max_skip": 2,
    "pheromone": "fitness",
    "population": 3,
    "initial_pheromone": 0.7,
    "pheromone_floor": 0.2,
    "second_training": 0,
    "weights": "function",
    "evaporation": "steady",
}
"""A small colony with the published pheromone; each of its candidates is a new network."""


def explored(on: Ground, n_ants: int = 5, seed: int = 0) -> Trail:
    """A trail that explorers have laid, for social ants to follow."""
    march = SPECIES["explorer"].march
    return march(on, Trail.empty(on.structure), n_ants, rng(seed))


def started(
    n_inputs: int = 3,
    n_outputs: int = 2,
    seed: int = 0,
    output_cell: str = "linear",
    **settings: Any,
) -> AntSearch:
    """A small colony at its start."""
    inputs = [f"in{i}" for i in range(n_inputs)]
    outputs = [f"out{i}" for i in range(n_outputs)]
    ants = AntSwarm(**{**SMALL, **settings})
    return AntSearch.start(ants, problem(inputs, outputs, output_cell), rng(seed))


def problem(inputs: Sequence[str], outputs: Sequence[str], output_cell: str = "linear") -> Problem:
    return Problem(tuple(inputs), tuple(outputs), output_cell)


def layout(ants: AntSwarm, inputs: Sequence[str], outputs: Sequence[str]) -> Layout:
    return layout_for(ants, problem(inputs, outputs))


def plain(state: Any) -> Any:
    """A state as JSON would keep it, to compare and to restore."""
    return json.loads(json.dumps(state, default=lambda array: array.tolist()))
