"""Roulette: a choice is drawn with a chance in proportion to its pheromone, and nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def roulette(
    pheromone: NDArray[np.float64], rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw one choice from each of these rows of a table; one without pheromone is never drawn.

    Args:
        pheromone: A row for each place, a column for each choice; not negative.
        rows: The place from which each draw is made; the row's sum must be positive.
        rng: The stream of the draws.

    Shapes:
        `pheromone`: `(n_places, n_choices)`. `rows`: `(n_draws,)`. Returns `(n_draws,)`, columns.
    """
    if len(rows) < len(pheromone):
        cumulative = pheromone.take(rows, axis=0).cumsum(axis=1)  # (n_draws, n_choices)
    else:
        cumulative = pheromone.cumsum(axis=1).take(rows, axis=0)
    return _stop(cumulative, rng)


def spin(
    cumulative: NDArray[np.float64], rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw as `roulette` does, from a table whose rows are already summed from left to right.

    Shapes:
        `cumulative`: `(n_places, n_choices)`. `rows`: `(n_draws,)`. Returns `(n_draws,)`, columns.
    """
    return _stop(cumulative.take(rows, axis=0), rng)


def _stop(cumulative: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    mark = rng.random(len(cumulative)) * cumulative[:, -1]
    return (cumulative > mark[:, None]).argmax(axis=1)
