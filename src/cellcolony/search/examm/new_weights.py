"""Weights that no training has seen: of new parts, and of genomes without trained parents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cellcolony import cells
from cellcolony.cells.program import CellWeight
from cellcolony.networks.builders import draw_cell_weights
from cellcolony.search.examm.genome import EdgeGene, Genome, NodeGene

WEIGHT_LIMIT = 10.0
"""New and recombined weights lie in [-10, 10] (the authors' program)."""


@dataclass(frozen=True)
class NewWeights:
    """Draws the weights of parts that are new in a child: Normal(mean, deviation of its parent).

    Attributes:
        mean: That of the parent's weights.
        deviation: The standard deviation of the parent's weights.
    """

    mean: float
    deviation: float

    @classmethod
    def like(cls, parent: Genome) -> NewWeights:
        """Return what draws weights like those of a parent, edges and cells together [ours]."""
        return cls(*parent.weight_moments)

    def draw(self, n: int, rng: np.random.Generator) -> list[float]:
        """Return so many weights in [-10, 10]."""
        drawn = rng.normal(self.mean, self.deviation, n)
        return drawn.clip(-WEIGHT_LIMIT, WEIGHT_LIMIT).tolist()

    def draw_for_cell(self, cell: str, rng: np.random.Generator) -> tuple[float, ...]:
        """Return the weights of a node; one that the cell says as a number has it [ours]."""
        fixed = fixed_initials(cell)
        drawn = self.draw(len(fixed), rng)
        return tuple(x if init is None else init for x, init in zip(drawn, fixed, strict=True))


@cache
def cell_weights(cell: str) -> tuple[CellWeight, ...]:
    """Return the weights of a cell, which is built once."""
    return tuple(cells.get(cell).weights())


def fixed_initials(cell: str) -> tuple[float | None, ...]:
    """Return the initial value of each weight of a cell, None where it is drawn."""
    inits = (weight.init for weight in cell_weights(cell))
    return tuple(init if isinstance(init, float) else None for init in inits)


def drawn_anew(genome: Genome, rng: np.random.Generator) -> Genome:
    """Return the genome with the first weights of a network that is trained from scratch [ours].

    An edge is uniform in +-sqrt(3 / number of active edges into its target), and cells as the cell
    says (`cellcolony.networks.builders.draw_weights`).
    """
    fan_in: dict[int, int] = {}
    for edge in genome.active_edges:
        fan_in[edge.target] = fan_in.get(edge.target, 0) + 1
    bounds = np.array([(3.0 / fan_in.get(edge.target, 1)) ** 0.5 for edge in genome.edges])
    drawn = rng.uniform(-bounds, bounds).tolist()
    edges = tuple(
        EdgeGene(*edge[:5], weight) for edge, weight in zip(genome.edges, drawn, strict=True)
    )
    return Genome(tuple(_with_new_weights(node, rng) for node in genome.nodes), edges)


def _with_new_weights(node: NodeGene, rng: np.random.Generator) -> NodeGene:
    if not node.cell:
        return node
    return node._replace(weights=tuple(draw_cell_weights(cell_weights(node.cell), rng).tolist()))
