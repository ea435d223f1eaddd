"""Which weights of a training are its result: those of the best epoch, or the starting ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def to_beat(curve: NDArray[np.float64], least_gain: float) -> NDArray[np.float64]:
    """Return which loss an epoch must be below for its weights to be the best so far.

    Args:
        curve: The validation loss of the starting weights, then after each earlier epoch;
            `(epochs, ...)`.
        least_gain: By which share the loss of the starting weights must be lowered.
    """
    return np.minimum(curve[0] * (1 - least_gain), curve[1:].min(axis=0, initial=np.inf))


def lowest(curve: NDArray[np.float64], least_gain: float) -> float:
    """Return the validation loss of the weights that are a training's result.

    Args:
        curve: The validation loss of the starting weights, then after each epoch; NaN where not
            known.
        least_gain: As for `to_beat`.

    Returns:
        The lowest, or the first where none is lower by `least_gain`; infinite where none is known.
    """
    known = curve[np.isfinite(curve)]
    if not known.size:
        return math.inf
    return float(known.min() if known.min() < to_beat(known[:1], least_gain) else known[0])
