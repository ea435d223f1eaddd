"""A cell of the library as a candidate: one of its trainings, with a recipe of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from cellcolony.cells import Cell
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer import Layer
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.seeds import rng_for


@dataclass(frozen=True)
class FixedCell:
    """A cell of the library as a genome.

    Attributes:
        cell: The cell's name, or that of a recurrent highway network: see `kinds.kind_of`.
        recipe: How its training differs from that of other candidates.
        trial: Which of the cell's trainings it is; 0 for the first weights of other candidates.
        kind: What kind of genome it is; none that a search varies.
    """

    cell: str
    recipe: Recipe = AS_SET
    trial: int = 0
    kind: ClassVar[str] = "cell"

    def to_cell(self, name: str = "") -> Cell | Layer:
        """Return the cell, under its own name; what is no cell as a layer of one unit."""
        kind = kind_of(self.cell)
        return kind.groups[0].cell if kind.is_plain else kind

    def seed(self, seed: int) -> int:
        """Return what keys its training in a run of a seed."""
        return int(rng_for(seed, self.trial, "weights").integers(2**62)) if self.trial else seed

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"cell": self.cell, "recipe": self.recipe.to_dict(), "trial": self.trial}
