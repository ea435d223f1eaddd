"""Greedy ensemble selection with replacement, from bags of the models.

Source:
    Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble Selection from Libraries of Models", ICML
    2004, sections 2, 2.1 and 2.3: forward selection, where a model may be added again, from random
    bags of the models. We start with the best model of a bag alone, not with several. How many bags
    there are, and how large, is ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_MEMBERS = 12
BAGS = 8
OF_A_BAG = 0.7
"""The share of the models that a bag holds."""
LEAST_GAIN = 1e-4
"""Of the error: what lowers it by a smaller share is not worth a further member."""


def select(
    predictions: Sequence[NDArray[np.floating]], truth: NDArray[np.floating],
    most: int = MOST_MEMBERS,
) -> tuple[int, ...]:  # fmt: skip
    """Choose models whose mean forecast has a low mean absolute error.

    From each of several bags, some of the models each, those are chosen whose mean has the lowest
    error; all that were chosen count. What one selection from all models overfits, so that the best
    of many may stay alone, most bags do not. Where the mean of all is no better than the best model
    alone, it is one selection from all models.

    Args:
        predictions: Of each model on the rows that choose, `(rows, n_targets)`, in scaled units. A
            model with a value that is no finite number is not chosen.
        truth: What came, `(rows, n_targets)`.
        most: How many additions a bag makes at most, the first model and repeated ones included.

    Returns:
        The places of the models in the order of adding; none where every model has diverged.
    """

    def error(mean: NDArray[np.floating]) -> float:
        return float(np.abs(mean - truth).mean())

    whole = _greedy(predictions, error, most)
    bagged = tuple(
        int(bag[place])
        for bag in _bags(len(predictions))
        for place in _greedy([predictions[i] for i in bag], error, most)
    )
    if not bagged or error(mean_of(predictions, bagged)) > error(predictions[whole[0]]):
        return whole
    return bagged


def _bags(n: int) -> list[NDArray[np.int64]]:
    """Return places of models, bag by bag; always the same, and none where one would hold all."""
    size = math.ceil(OF_A_BAG * n)
    rng = np.random.default_rng(0)
    return [] if size == n else [np.sort(rng.permutation(n)[:size]) for _ in range(BAGS)]


def select_by_loss(
    probabilities: Sequence[NDArray[np.floating]], most: int = MOST_MEMBERS
) -> tuple[int, ...]:
    """Choose the models whose mean probability of what came has the lowest loss.

    Args:
        probabilities: Of each model, that of each token that came, `(tokens,)`. A model with a
            value that is no finite number is not chosen.
        most: How many additions there are at most, the first model and repeated ones included.

    Returns:
        The places of the models in the order of adding; none where every model has diverged.
    """
    return _greedy(probabilities, lambda mean: float(-np.log(mean).mean()), most)


def _greedy(
    given: Sequence[NDArray[np.floating]], error: Callable[[NDArray[np.float64]], float], most: int
) -> tuple[int, ...]:
    """Add models to a mean, whichever lowers its error most; the best alone is the first.

    A model that was added before may be added again, and weighs more then. Of equals the first is
    taken. It ends where none lowers the error by more than `LEAST_GAIN` of it.
    """
    places = [i for i, one in enumerate(given) if np.isfinite(one).all()]
    total, chosen, before = np.zeros(given[0].shape if given else ()), [], np.inf
    with np.errstate(over="ignore", divide="ignore"):
        while places and len(chosen) < most:
            n = len(chosen) + 1
            errors = [error((total + given[i]) / n) for i in places]
            best = int(np.argmin(errors))
            if not errors[best] < (before * (1 - LEAST_GAIN) if chosen else np.inf):
                break
            chosen.append(places[best])
            total, before = total + given[places[best]], errors[best]
    return tuple(chosen)


def mean_of(
    predictions: Sequence[NDArray[np.floating]], places: Sequence[int]
) -> NDArray[np.float64]:
    """Return the mean of the models at some places, each as often as its place is there."""
    total = np.zeros(predictions[places[0]].shape)
    for place, times in times_of(places).items():
        total += times * predictions[place]
    return total / len(places)


def times_of(chosen: Sequence[int]) -> dict[int, int]:
    """Return how often each place was chosen, in the order of the first choice."""
    return {place: chosen.count(place) for place in dict.fromkeys(chosen)}
