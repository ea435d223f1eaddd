"""Where each number of a colony stands: one line for all weights that its networks can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.errors import ConfigError, brief
from cellcolony.search.ants.superstructure import Superstructure

WEIGHT_LIMIT = 0.5
"""New weights are drawn from U(-0.5, 0.5) (the authors' program)."""


@dataclass(frozen=True)
class Layout:
    """What a colony can build, and the order of its weights.

    The colony's weights stand in one vector: forward edges, recurrent edges, then for each hidden
    node the weights of each cell type that it may compute, then each output's cell weights.

    Attributes:
        structure: The superstructure.
        cells: The cell types among which a hidden node chooses.
        output_cell: What every output computes.
    """

    structure: Superstructure
    cells: tuple[str, ...]
    output_cell: str

    @property
    def n_edges(self) -> int:
        """How many forward edges there are."""
        return len(self.structure.edges)

    @property
    def n_recurrent(self) -> int:
        """How many recurrent edges there are."""
        return len(self.structure.recurrent_edges)

    @property
    def n_lines(self) -> int:
        """How many lines an ant can walk: start edges, forward edges and recurrent edges."""
        return self.structure.n_inputs + self.n_edges + self.n_recurrent

    @cached_property
    def n_cell_weights(self) -> NDArray[np.int64]:
        """How many weights each cell type has, `(n_cells,)`."""
        return np.array([len(cells.get(name).weights()) for name in self.cells])

    @cached_property
    def cell_starts(self) -> NDArray[np.int64]:
        """Where the weights of each hidden node and cell type begin, `(n_hidden, n_cells)`."""
        n_per_node = int(self.n_cell_weights.sum())
        within = np.cumsum(self.n_cell_weights) - self.n_cell_weights
        first = self.n_edges + self.n_recurrent
        return first + np.arange(self.structure.n_hidden)[:, None] * n_per_node + within

    @cached_property
    def output_start(self) -> int:
        """Where the outputs' cell weights begin; they reach to the end."""
        n_hidden_weights = self.structure.n_hidden * int(self.n_cell_weights.sum())
        return self.n_edges + self.n_recurrent + n_hidden_weights

    @cached_property
    def n_weights(self) -> int:
        """How many weights the colony keeps."""
        n_each = len(cells.get(self.output_cell).weights())
        return self.output_start + n_each * self.structure.n_outputs

    @cached_property
    def fixed_initials(self) -> NDArray[np.float64]:
        """The initial value of each weight, NaN where it is drawn: `(n_weights,)`."""
        per_node = [value for name in self.cells for value in _initials(name)]
        initials = np.full(self.n_weights, np.nan)
        at_cells = self.n_edges + self.n_recurrent
        initials[at_cells : self.output_start] = per_node * self.structure.n_hidden
        initials[self.output_start :] = _initials(self.output_cell) * self.structure.n_outputs
        return initials

    @cached_property
    def choices(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """At which place each choice is made, and how many choices each place has.

        Places are the virtual start, each node for its edges, each node for its recurrent edges,
        and each hidden node for its cell.

        Shapes:
            `(n_choices,)`, in the order start, edges, recurrent edges, cells; `(n_places,)`.
        """
        structure = self.structure
        n_nodes, n_hidden = structure.n_nodes, structure.n_hidden
        at: NDArray[np.int64] = np.concatenate(
            [
                np.zeros(structure.n_inputs, np.int64),
                1 + structure.edges[:, 0],
                1 + n_nodes + structure.recurrent_edges[:, 0],
                1 + 2 * n_nodes + np.repeat(np.arange(n_hidden), len(self.cells)),
            ],
            dtype=np.int64,
        )
        return at, np.bincount(at, minlength=1 + 2 * n_nodes + n_hidden)

    def draw_weights(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw all weights anew, `(n_weights,)`.

        Edges and recurrent edges come from U(-0.5, 0.5), and so do cell weights whose initial value
        is a named distribution [ours]. One whose initial value is a number gets that number.
        """
        drawn = rng.uniform(-WEIGHT_LIMIT, WEIGHT_LIMIT, self.n_weights)
        return np.where(np.isnan(self.fixed_initials), drawn, self.fixed_initials)

    def to_dict(self) -> dict[str, Any]:
        """Return the layout as plain values, for the state of a search."""
        whole = {**asdict(self.structure), "cells": self.cells, "output_cell": self.output_cell}
        return {key: list(one) if isinstance(one, tuple) else one for key, one in whole.items()}

    def check_same(self, saved: Mapping[str, Any]) -> None:
        """Check that a saved search walked this layout.

        Args:
            saved: What `to_dict` wrote.

        Raises:
            ConfigError: It walked another.
        """
        for key, now in self.to_dict().items():
            if saved.get(key) != now:
                raise ConfigError(
                    f"The saved search has another layout: `{key}` is {brief(saved.get(key))} "
                    f"there, and {brief(now)} here. Continue with the settings and the data that "
                    "it was started with."
                )


def _initials(cell: str) -> list[float]:
    inits = [weight.init for weight in cells.get(cell).weights()]
    return [np.nan if isinstance(init, str) else init for init in inits]
