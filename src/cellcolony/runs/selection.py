"""Greedy ensemble selection with replacement.

Source:
    Caruana, Niculescu-Mizil, Crew & Ksikes, "Ensemble Selection from Libraries of Models", ICML
    2004, sections 2 and 2.1: forward selection, where a model may be added again. We start with
    the best model alone, not with several, and do not bag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_MEMBERS = 12
LEAST_GAIN = 1e-4
"""Of the error: what lowers it by a smaller share is not worth a further member."""


def select(
    predictions: Sequence[NDArray[np.floating]], truth: NDArray[np.floating],
    most: int = MOST_MEMBERS,
) -> tuple[int, ...]:  # fmt: skip
    """Choose the models whose mean forecast has the lowest mean absolute error.

    Args:
        predictions: Of each model on the rows that choose, `(rows, n_targets)`, in scaled units. A
            model with a value that is no finite number is not chosen.
        truth: What came, `(rows, n_targets)`.
        most: How many additions there are at most, the first model and repeated ones included.

    Returns:
        The places of the models in the order of adding; none where every model has diverged.
    """
    return _greedy(predictions, lambda mean: float(np.abs(mean - truth).mean()), most)


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


def times_of(chosen: Sequence[int]) -> dict[int, int]:
    """Return how often each place was chosen, in the order of the first choice."""
    return {place: chosen.count(place) for place in dict.fromkeys(chosen)}
