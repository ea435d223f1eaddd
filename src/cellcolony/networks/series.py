"""The time series that a network is trained and scored on, already scaled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Series(NamedTuple):
    """One sequence, processed from its first step with zero state.

    Attributes:
        inputs: `(time, n_inputs) float32`, scaled; column i belongs to the i-th input node.
        targets: `(time, n_outputs) float32`: what the outputs should be at each step, in scaled
            units; under residual output, less the target's own value at the step.
        counts: `(time,) bool`: the steps whose error counts.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    counts: NDArray[np.bool_]
