"""What a user would have used otherwise: plain models, one file each, scored on the same rows.

A rival is a function of the task, registered by name; it fits on training rows alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.registry import Registry
from cellcolony.tasks.findings import natural_key
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.scores import Score


class Fitted(NamedTuple):
    """A rival after its fit.

    Attributes:
        n_weights: How many numbers were fitted.
        predict: Takes the name of a split and returns `(time, n_targets) float64` for each of its
            series, in own units.
    """

    n_weights: int
    predict: Callable[[str], list[NDArray[np.float64]]]


class RivalScore(NamedTuple):
    """How a rival did.

    Attributes:
        name: The rival.
        n_weights: How many numbers were fitted.
        valid: On the rows that networks are chosen on.
        test: On the untouched rows.
        seconds: Wall time of fit and predictions.
    """

    name: str
    n_weights: int
    valid: Score
    test: Score
    seconds: float


RIVALS: Registry[Callable[[Forecast], Fitted]] = Registry("rival", "cellcolony.tasks.rivals")
register = RIVALS.register


def names() -> tuple[str, ...]:
    """Return the names of all rivals, in natural order."""
    return tuple(sorted(RIVALS.names(), key=natural_key))


def compare(task: Forecast, rivals: Iterable[str] | None = None) -> list[RivalScore]:
    """Fit rivals and score them on validation and test.

    Args:
        task: The task; its test split is touched.
        rivals: Their names; None for all.

    Raises:
        ConfigError: There is no such rival; the message names the nearest one.
    """
    results = []
    for name in names() if rivals is None else rivals:
        start = time.perf_counter()
        fitted = RIVALS[name](task)
        valid = task.score("valid", fitted.predict("valid"))
        test = task.score("test", fitted.predict("test"))
        seconds = time.perf_counter() - start
        results.append(RivalScore(name, fitted.n_weights, valid, test, seconds))
    return results


__all__ = ["RIVALS", "Fitted", "RivalScore", "compare", "names", "register"]
