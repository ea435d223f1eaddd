"""Random search over how a cell of the library is trained.

A search over nodes trains hundreds of candidates, and its best has the luck of the best of them. A
fixed cell that is compared with it gets as many trainings: each draws its own first weights and its
own factors of learning rate, clip and range of first weights [ours].
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cellcolony.contract import Candidate
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.recipe import AS_SET, FACTORS, Recipe
from cellcolony.seeds import rng_for

WIDEST = 4.0
"""Factors are drawn between one over this and this, evenly on a logarithmic scale."""


def draw_recipe(rng: np.random.Generator) -> Recipe:
    """Draw each factor from 1 / `WIDEST` to `WIDEST`."""
    low, high = -math.log(WIDEST), math.log(WIDEST)
    drawn = (float(np.exp(rng.uniform(low, high))) for _ in FACTORS)
    return replace(AS_SET, **dict(zip(FACTORS, drawn, strict=True)))


def trials_of(cell: str, n: int, seed: int, effort: int = 1) -> Iterator[Candidate[FixedCell]]:
    """Yield a cell with as many recipes; the first, as the settings are, has number 0.

    Args:
        cell: The cell's name.
        n: How many trainings.
        seed: Keys what is drawn; the first `n` of a longer search are the same.
        effort: How many times the settings' epochs each is trained.
    """
    for number in range(n):
        recipe = draw_recipe(rng_for(seed, number, "recipe")) if number else AS_SET
        yield Candidate(number, FixedCell(cell, recipe, number), effort=effort)
