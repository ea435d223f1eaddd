"""The colony's memory: pheromone and weights on the superstructure (ASNE, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony.errors import ConfigError
from cellcolony.search.ants.layout import Layout
from cellcolony.settings import MOST

LARGEST_PHEROMONE = 1e100
"""Sums of pheromone, and of its products with logarithms, are to stay finite."""
LARGEST_WEIGHT = float(np.finfo(np.float32).max)
"""Networks take their weights as float32."""


@dataclass(frozen=True, eq=False)
class Pheromones:
    """How strongly each choice attracts ants.

    Attributes:
        start: `(n_inputs,)`, from the virtual start to each input.
        edges: `(n_edges,)`, as `Superstructure.edges`.
        recurrent: `(n_recurrent,)`, as `Superstructure.recurrent_edges`.
        cells: `(n_hidden, n_cells)`, of each cell type at each hidden node.
    """

    start: NDArray[np.float64]
    edges: NDArray[np.float64]
    recurrent: NDArray[np.float64]
    cells: NDArray[np.float64]

    @staticmethod
    def uniform(layout: Layout, pheromone: float) -> Pheromones:
        """Return the same pheromone on every choice."""
        structure = layout.structure
        return Pheromones(
            start=np.full(structure.n_inputs, pheromone),
            edges=np.full(layout.n_edges, pheromone),
            recurrent=np.full(layout.n_recurrent, pheromone),
            cells=np.full((structure.n_hidden, len(layout.cells)), pheromone),
        )


@dataclass(frozen=True, eq=False)
class Colony:
    """What the ants of all marches share. It is never changed in place.

    Attributes:
        layout: What the colony can build, and the order of its weights.
        pheromones: The pheromone on every choice.
        weights: `(n_weights,)`, the weights that new networks start from.
        epochs: `(n_weights,)`, the epochs of training behind each weight; a part of a weight brings
            the same part of its epochs along [ours].
    """

    layout: Layout
    pheromones: Pheromones
    weights: NDArray[np.float64]
    epochs: NDArray[np.float64]

    @staticmethod
    def untrained(layout: Layout, pheromones: Pheromones, rng: np.random.Generator) -> Colony:
        """Return a colony with this pheromone and weights drawn at random."""
        return Colony(layout, pheromones, layout.draw_weights(rng), np.zeros(layout.n_weights))

    def to_dict(self) -> dict[str, Any]:
        """Return all but the layout, which follows from the settings, as plain arrays."""
        return {
            "pheromones": {name: tau.copy() for name, tau in vars(self.pheromones).items()},
            "weights": self.weights.copy(),
            "epochs": self.epochs.copy(),
        }

    @staticmethod
    def from_dict(layout: Layout, data: Mapping[str, Any]) -> Colony:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: The arrays are those of a colony of another size, or a value is not finite
                or too large, pheromone not above 0 or epochs below 0.
        """
        structure, saved = layout.structure, data["pheromones"]
        n_cells = len(layout.cells)
        pheromones = Pheromones(
            start=_array("start", saved["start"], (structure.n_inputs,)),
            edges=_array("edges", saved["edges"], (layout.n_edges,)),
            recurrent=_array("recurrent", saved["recurrent"], (layout.n_recurrent,)),
            cells=_array("cells", saved["cells"], (structure.n_hidden, n_cells)),
        )
        weights = _array("weights", data["weights"], (layout.n_weights,))
        epochs = _array("epochs", data["epochs"], (layout.n_weights,))
        for name, values in vars(pheromones).items():
            _check(name, values, (values > 0) & (values <= LARGEST_PHEROMONE))
        _check("weights", weights, np.abs(weights) <= LARGEST_WEIGHT)
        _check("epochs", epochs, (epochs >= 0) & (epochs <= MOST))
        return Colony(layout, pheromones, weights, epochs)


def _array(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.array(values, np.float64)
    if array.size == 0 and 0 in shape:  # a list of nothing has forgotten its other axes
        array = array.reshape(shape)
    if array.shape != shape:
        raise ConfigError(
            f"The colony's saved `{name}` must have shape {shape}. Got {array.shape}. "
            "Continue with the settings and the data that the colony was started with."
        )
    _check(name, array, np.isfinite(array))
    return array


def _check(name: str, values: NDArray[np.float64], can_be: NDArray[np.bool_]) -> None:
    if not can_be.all():
        raise ConfigError(
            f"The colony's saved `{name}` holds {values[~can_be][0]}, which cannot be."
        )
