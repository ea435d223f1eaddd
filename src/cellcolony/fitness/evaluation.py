"""What came out of judging one candidate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The verdict on one candidate. Build it with `succeeded` or `failed`.

    Attributes:
        loss: The validation loss, lower is better; infinite for a failure.
        weights: The trained weights, `(n_all_weights,) float32`; None for a failure, and where a
            candidate's weights are not kept: those of a language model, for instance.
        curve: The validation loss of the starting weights, then after each epoch.
        seconds: Wall time that the judging took.
        n_steps: How many time steps were trained on.
        failure: Why the candidate failed, or None.
    """

    loss: float
    weights: NDArray[np.float32] | None
    curve: tuple[float, ...] = ()
    seconds: float = 0.0
    n_steps: int = 0
    failure: str | None = None

    @property
    def n_epochs(self) -> int:
        """How many epochs of training were finished, by the curve."""
        return max(len(self.curve) - 1, 0)

    @classmethod
    def succeeded(
        cls,
        loss: float,
        weights: NDArray[np.float32] | None,
        curve: tuple[float, ...] = (),
        seconds: float = 0.0,
        n_steps: int = 0,
    ) -> Evaluation:
        """Return the evaluation of a trained candidate; a loss that is not finite fails."""
        if not math.isfinite(loss):
            return cls.failed(f"its validation loss was {loss}", seconds, n_steps)
        kept = None if weights is None else np.asarray(weights, np.float32)
        return cls(float(loss), kept, tuple(curve), seconds, n_steps)

    @classmethod
    def failed(cls, reason: str, seconds: float = 0.0, n_steps: int = 0) -> Evaluation:
        """Return the evaluation of a candidate that diverged, ran out of time or died."""
        return cls(math.inf, None, (), seconds, n_steps, reason)
