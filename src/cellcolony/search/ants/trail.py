"""What ants read and write on a march: the pheromone on the ground, and their own trail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.colony import Pheromones
from cellcolony.search.ants.superstructure import Superstructure


@dataclass(frozen=True, eq=False)
class Ground:
    """The colony's pheromone as dense tables, 0 where no step leads.

    Attributes:
        structure: The superstructure that the ants walk on.
        jumping: Whether a forward step may pass over layers.
        start: `(n_inputs,)`, from the virtual start to each input.
        forward: `(n_nodes, n_nodes)`, by source and target.
        recurrent: `(n_nodes, n_nodes, max_skip)`, by source, target and time skip - 1.
    """

    structure: Superstructure
    jumping: bool
    start: NDArray[np.float64]
    forward: NDArray[np.float64]
    recurrent: NDArray[np.float64]

    @staticmethod
    def of(structure: Superstructure, pheromones: Pheromones, jumping: bool) -> Ground:
        """Spread a colony's pheromone out; without jumping, edges that pass over a layer get 0."""
        source, target = structure.edges.T
        forward = np.zeros((structure.n_nodes, structure.n_nodes))
        forward[source, target] = pheromones.edges
        if not jumping:
            forward[structure.layer[None, :] - structure.layer[:, None] != 1] = 0.0
        source, target, skip = structure.recurrent_edges.T
        recurrent = np.zeros((structure.n_nodes, structure.n_nodes, structure.max_skip))
        recurrent[source, target, skip - 1] = pheromones.recurrent
        return Ground(structure, jumping, pheromones.start, forward, recurrent)

    def leading_to(self, output: int) -> Ground:
        """Return the same ground with every step into another output masked."""
        others = np.arange(self.structure.first_output, self.structure.n_nodes)
        others = others[others != output]
        forward, recurrent = self.forward.copy(), self.recurrent.copy()
        forward[:, others] = 0.0
        recurrent[:, others] = 0.0
        return replace(self, forward=forward, recurrent=recurrent)


@dataclass(frozen=True, eq=False)
class Trail:
    """Where ants have walked so far; a species takes one and returns a longer one.

    Attributes:
        structure: The superstructure that they walk on.
        start: `(n_inputs,) bool`, the start edges taken: the chosen inputs.
        forward: `(n_nodes, n_nodes) bool`, the forward edges taken.
        recurrent: `(n_nodes, n_nodes, max_skip) bool`, the recurrent edges taken.
    """

    structure: Superstructure
    start: NDArray[np.bool_]
    forward: NDArray[np.bool_]
    recurrent: NDArray[np.bool_]

    @staticmethod
    def empty(structure: Superstructure) -> Trail:
        """Return a trail on which nobody has walked."""
        n = structure.n_nodes
        return Trail(
            structure,
            start=np.zeros(structure.n_inputs, bool),
            forward=np.zeros((n, n), bool),
            recurrent=np.zeros((n, n, structure.max_skip), bool),
        )

    @cached_property
    def nodes(self) -> NDArray[np.bool_]:
        """The chosen nodes, `(n_nodes,)`: those that an ant has entered."""
        n = self.structure.n_nodes
        entered = np.zeros(n, bool)
        entered[: self.structure.n_inputs] = self.start
        entered |= self.forward.any(axis=0)
        # One axis after the other: both at once take ten times as long.
        by_skip = self.recurrent.reshape(n, -1).any(axis=0)  # (n_nodes * max_skip,), by target
        entered |= by_skip.reshape(n, -1).any(axis=1)
        return entered

    @property
    def reaches_every_output(self) -> bool:
        """Whether an ant has come to each output; every walk began at an input."""
        return bool(self.nodes[self.structure.first_output :].all())
