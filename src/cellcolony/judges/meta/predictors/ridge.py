"""Ridge regression of the final loss on the first marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.judges.meta.curve import Prefixes
from cellcolony.judges.meta.predictors import PREDICTORS, Arrays, array_of

PENALTIES = np.logspace(-4, 3, 29)
"""Of which leave-one-out errors on the curves of training choose."""


@PREDICTORS.register("ridge")
@dataclass(frozen=True, eq=False)
class Ridge:
    """A weighted sum of the marks, with small weights where curves are few.

    Attributes:
        weights: `(marks,)`.
        bias: `(1,)`.
    """

    title: ClassVar[str] = "ridge"
    source: ClassVar[str] = "Hoerl & Kennard 1970"

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    @classmethod
    def fit(cls, train: Prefixes, valid: Prefixes, seed: int) -> Ridge:
        """Learn the weights, each mark in units of its own deviation."""
        from sklearn.linear_model import RidgeCV

        mean, scale = train.first.mean(0), np.maximum(train.first.std(0), 1e-9)
        model = RidgeCV(alphas=PENALTIES)  # pyright: ignore[reportArgumentType]
        model.fit((train.first - mean) / scale, train.final)
        weights = np.asarray(model.coef_, np.float64) / scale
        return cls(weights, np.array([float(model.intercept_) - weights @ mean]))

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted sums."""
        return (first * self.weights).sum(1) + self.bias

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights."""
        return {"weights": self.weights, "bias": self.bias}

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_first: int) -> Ridge:
        """Read the weights.

        Raises:
            KeyError, ValueError: An array is missing, or of another shape or kind.
        """
        return cls(array_of(arrays, "weights", (n_first,)), array_of(arrays, "bias", (1,)))
