"""Greedy ensemble selection with replacement, from bags of the models and of the rows.

Source:
    Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble Selection from Libraries of Models", ICML
    2004, sections 2, 2.1 and 2.3: forward selection, where a model may be added again, from random
    bags of the models. We start with the best model of a bag alone, not with several. How many bags
    there are, how large, and that a bag holds some blocks of the rows alone, is ours.
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
BLOCKS = 20
"""Into so many the rows are cut, for errors of neighbours are alike; a bag holds half of them."""
LEAST_GAIN = 1e-4
"""Of the error: what lowers it by a smaller share is not worth a further member."""


def select(
    predictions: Sequence[NDArray[np.floating]], truth: NDArray[np.floating],
    most: int = MOST_MEMBERS,
) -> tuple[int, ...]:  # fmt: skip
    """Choose models whose mean forecast has a low mean absolute error.

    From each of several bags, some of the models and half of the rows each, those are chosen whose
    mean has the lowest error there; all that were chosen count. What one selection from all models
    by all rows overfits, so that the best of many may stay alone, most bags do not. Where the mean
    of all is no better than the best model alone, it is one selection from all models by all rows.

    Args:
        predictions: Of each model on the rows that choose, `(rows, n_targets)`, in scaled units. A
            model with a value that is no finite number is not chosen.
        truth: What came, `(rows, n_targets)`.
        most: How many additions a bag makes at most, the first model and repeated ones included.

    Returns:
        The places of the models in the order of adding; none where every model has diverged.
    """
    places = [i for i, one in enumerate(predictions) if np.isfinite(one).all()]
    sound = [predictions[i] for i in places]
    error = _error_to(truth)
    whole = _greedy(sound, error, most)
    bagged = tuple(
        int(models[place])
        for models, rows in _bags(len(sound), len(truth))
        for place in _greedy([sound[i][rows] for i in models], _error_to(truth[rows]), most)
    )
    if not bagged or error(mean_of(sound, bagged)) > error(sound[whole[0]]):
        bagged = whole
    return tuple(places[place] for place in bagged)


def _error_to(truth: NDArray[np.floating]) -> Callable[[NDArray[np.floating]], float]:
    return lambda mean: float(np.abs(mean - truth).mean())


def _bags(n_models: int, n_rows: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return places of models, and rows, bag by bag; always the same.

    None where one would hold all models.
    """
    size = math.ceil(OF_A_BAG * n_models)
    if size == n_models:
        return []
    rng, bags = np.random.default_rng(0), []
    blocks = np.array_split(np.arange(n_rows), min(BLOCKS, n_rows))
    for _ in range(BAGS):
        models = np.sort(rng.permutation(n_models)[:size])
        some = np.sort(rng.permutation(len(blocks))[: math.ceil(len(blocks) / 2)])
        bags.append((models, np.concatenate([blocks[block] for block in some])))
    return bags


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
