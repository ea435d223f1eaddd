"""What one network uses of the superstructure: to build it, reward it, inherit from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.roulette import roulette
from cellcolony.search.ants.trail import Trail


@dataclass(frozen=True, eq=False)
class Subnetwork:
    """Positions in the colony's arrays, each ascending.

    Attributes:
        start: The chosen inputs.
        edges: Rows of `Superstructure.edges`.
        recurrent: Rows of `Superstructure.recurrent_edges`.
        hidden: The chosen hidden nodes, counted from the first hidden one.
        cells: The cell type of each, as a place in the colony's cell types.
    """

    start: NDArray[np.int64]
    edges: NDArray[np.int64]
    recurrent: NDArray[np.int64]
    hidden: NDArray[np.int64]
    cells: NDArray[np.int64]

    @staticmethod
    def cut_out(
        trail: Trail, cell_pheromone: NDArray[np.float64], rng: np.random.Generator
    ) -> Subnetwork:
        """Take what a trail has laid, and draw each hidden node's cell by roulette.

        Shapes:
            `cell_pheromone`: `(n_hidden, n_cells)`.
        """
        structure = trail.structure
        hidden = np.flatnonzero(trail.nodes[structure.n_inputs : structure.first_output])
        return Subnetwork(
            start=np.flatnonzero(trail.start),
            edges=structure.edge_positions[trail.forward],
            recurrent=structure.recurrent_positions[trail.recurrent],
            hidden=hidden,
            cells=roulette(cell_pheromone, hidden, rng),
        )

    def weight_positions(self, layout: Layout) -> NDArray[np.int64]:
        """Return where the network's weights stand among the colony's, in `Network`'s order."""
        starts = layout.cell_starts[self.hidden, self.cells]  # (n_chosen,)
        sizes = layout.n_cell_weights[self.cells]
        # Cell weight j of the network lies j - (those of the nodes before) behind its node's start.
        before = np.cumsum(sizes) - sizes
        of_hidden = np.repeat(starts - before, sizes) + np.arange(sizes.sum())
        of_outputs = np.arange(layout.output_start, layout.n_weights)
        return np.concatenate([self.edges, layout.n_edges + self.recurrent, of_hidden, of_outputs])

    def n_weights(self, layout: Layout) -> int:
        """Return how many weights the network has."""
        n_edges = len(self.edges) + len(self.recurrent)
        n_output_weights = layout.n_weights - layout.output_start
        return n_edges + int(layout.n_cell_weights[self.cells].sum()) + n_output_weights

    def network(self, layout: Layout, weights: NDArray[np.floating]) -> Network:
        """Build the network: all inputs of the data, the chosen hidden nodes, all outputs.

        Node ids are the superstructure's.

        Args:
            layout: What the colony can build.
            weights: Its weights, `(n_all_weights,)`, in the canonical order of `Network`.
        """
        structure = layout.structure
        hidden = [
            structure.hidden_node(row, layout.cells[cell])
            for row, cell in zip(self.hidden.tolist(), self.cells.tolist(), strict=True)
        ]
        return Network(
            nodes=(*structure.input_nodes, *hidden, *structure.output_nodes(layout.output_cell)),
            edges=structure.edges[self.edges],
            recurrent_edges=structure.recurrent_edges[self.recurrent],
            weights=weights.astype(np.float32),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the positions as plain arrays."""
        return {name: getattr(self, name).copy() for name in _FIELDS}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Subnetwork:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A position is no whole number.
        """
        for name in _FIELDS:
            if isinstance(data[name], np.ndarray) and data[name].dtype.kind != "i":
                raise ConfigError(f"A saved network has `{name}` of {data[name].dtype}.")
        return Subnetwork(**{name: np.array(data[name], np.int64) for name in _FIELDS})

    def check(self, layout: Layout) -> None:
        """Check that every position stands in the arrays of a colony.

        Raises:
            ConfigError: One does not, or they do not ascend, or cells are not as many as nodes.
        """
        structure = layout.structure
        ends = (
            structure.n_inputs, layout.n_edges, layout.n_recurrent, structure.n_hidden,
            len(layout.cells),
        )  # fmt: skip
        for name, end in zip(_FIELDS, ends, strict=True):
            values = getattr(self, name)
            inside = values.ndim == 1 and ((values >= 0) & (values < end)).all()
            if not inside or (name != "cells" and (np.diff(values) <= 0).any()):
                raise ConfigError(f"A saved network has `{name}` {values}, which cannot be.")
        if self.cells.shape != self.hidden.shape:
            raise ConfigError(
                f"A saved network has {self.hidden.size} nodes and {self.cells.size} cells."
            )


_FIELDS = ("start", "edges", "recurrent", "hidden", "cells")
