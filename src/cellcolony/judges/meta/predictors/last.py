"""The last value: a training ends where it stands after its first marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.judges.meta.curve import Prefixes
from cellcolony.judges.meta.predictors import PREDICTORS, Arrays


@PREDICTORS.register("last")
@dataclass(frozen=True)
class LastValue:
    """Predicts the last mark that is known; it learns nothing.

    This is what a search believes that compares candidates after a part of their training.
    """

    title: ClassVar[str] = "last value"
    source: ClassVar[str] = "the fitness without a predictor in Figure 4b"

    @classmethod
    def fit(cls, train: Prefixes, valid: Prefixes, seed: int) -> LastValue:
        """Return the predictor."""
        return cls()

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the last marks."""
        return first[:, -1].copy()

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return nothing."""
        return {}

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_first: int) -> LastValue:
        """Return the predictor."""
        return cls()
