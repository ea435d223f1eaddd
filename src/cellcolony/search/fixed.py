"""A fixed cell as a candidate, and random search over how it is trained.

A search over nodes trains hundreds of candidates, and its best has the luck of the best of them. A
fixed cell that is to stand beside it gets as many trainings: each draws its own first weights and
its own factors of learning rate, clip and range of first weights [ours].
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.contract import Candidate
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.seeds import rng_for

WIDEST = 4.0
"""Factors are drawn between one over this and this, evenly on a logarithmic scale."""


@dataclass(frozen=True)
class FixedCell:
    """A cell of the library as a genome.

    Attributes:
        cell: The cell's name.
        recipe: How its training differs from that of other candidates.
        luck: Which of the cell's trainings it is; 0 for the first weights of other candidates.
        kind: What kind of genome it is; none that a search varies.
    """

    cell: str
    recipe: Recipe = AS_SET
    luck: int = 0
    kind: ClassVar[str] = "cell"

    def to_cell(self, name: str = "") -> Cell:
        """Return the cell, under its own name."""
        return cells.get(self.cell)

    def seed(self, seed: int) -> int:
        """Return what keys its training in a run of a seed."""
        return int(rng_for(seed, self.luck, "luck").integers(2**62)) if self.luck else seed

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def draw_recipe(rng: np.random.Generator) -> Recipe:
    """Draw each factor from 1 / `WIDEST` to `WIDEST`."""
    low, high = -math.log(WIDEST), math.log(WIDEST)
    drawn = {one.name: float(np.exp(rng.uniform(low, high))) for one in fields(Recipe)}
    return Recipe(**drawn)


def trainings_of(cell: str, n: int, seed: int) -> Iterator[Candidate[FixedCell]]:
    """Yield a cell with as many recipes; the first, as the settings are, has number 0.

    Args:
        cell: The cell's name.
        n: How many trainings.
        seed: Keys what is drawn; the first `n` of a longer search are the same.
    """
    for number in range(n):
        recipe = draw_recipe(rng_for(seed, number, "recipe")) if number else AS_SET
        yield Candidate(number, FixedCell(cell, recipe, number))
