"""What a colony takes from an evaluation: a loss and weights, all finite, or a failure."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Evaluation
from cellcolony.errors import GenomeError


class Verdict(NamedTuple):
    """The outcome of one network.

    Attributes:
        loss: Its validation loss; infinite for one that failed.
        weights: Its trained weights, `(n_all_weights,)`; empty for one that failed.
    """

    loss: float
    weights: NDArray[np.floating]


def verdict_of(evaluation: Evaluation, n_weights: int) -> Verdict:
    """Read an evaluation; a network whose loss or weights are not finite has failed.

    Raises:
        GenomeError: There are not `n_weights` trained weights.
    """
    failed = Verdict(math.inf, np.empty(0))
    if evaluation.failure is not None or not math.isfinite(evaluation.loss):
        return failed
    if evaluation.weights is None or evaluation.weights.shape != (n_weights,):
        found = None if evaluation.weights is None else evaluation.weights.shape
        raise GenomeError(f"The trained weights must have shape ({n_weights},). Got {found}.")
    if not np.isfinite(evaluation.weights).all():
        return failed
    return Verdict(evaluation.loss, evaluation.weights)
