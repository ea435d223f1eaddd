"""A power law through the first marks of each curve, which is followed to the last mark.

Learning curves of neural networks fall like a power of time towards a limit (Hestness et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.judges.meta.curve import Prefixes
from cellcolony.judges.meta.predictors import PREDICTORS, Arrays, array_of

EXPONENTS = np.linspace(0.1, 2.0, 20)
"""Those that are tried."""


@PREDICTORS.register("power-law")
@dataclass(frozen=True, eq=False)
class PowerLaw:
    """Fits a + b t^-c with b >= 0 to the marks t = 1, 2 ... of each curve by least squares.

    The law knows one curve at a time; what all curves of training end below it in the median is
    taken off [ours]. Among others that is the last part of a learning rate that falls to 0, and the
    difference between the share of the validation text that is scored at marks and all of it.

    Attributes:
        shift: `(1,)`, what is taken off.
        n_marks: `(1,)`, the last mark.
    """

    title: ClassVar[str] = "power law"
    source: ClassVar[str] = "Hestness et al. 2017; the shift is ours"

    shift: NDArray[np.float64]
    n_marks: NDArray[np.float64]

    @classmethod
    def fit(cls, train: Prefixes, valid: Prefixes, seed: int) -> PowerLaw:
        """Learn the shift."""
        above = _followed(train.first, train.n_marks) - train.final
        return cls(np.array([np.median(above)]), np.array([float(train.n_marks)]))

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where the law of each curve stands at the last mark."""
        return _followed(first, float(self.n_marks[0])) - self.shift

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the shift and the last mark."""
        return {"shift": self.shift, "n_marks": self.n_marks}

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_first: int) -> PowerLaw:
        """Read the shift and the last mark.

        Raises:
            KeyError, ValueError: One is missing, or cannot be.
        """
        n_marks = array_of(arrays, "n_marks", (1,))
        if n_marks[0] <= n_first:
            raise ValueError("n_marks must be above the number of marks that are known")
        return cls(array_of(arrays, "shift", (1,)), n_marks)


def _followed(first: NDArray[np.float64], n_marks: float) -> NDArray[np.float64]:
    """Return a + b t^-c at the last mark: for each exponent a line, of which the best counts."""
    n = first.shape[1]
    level = first.mean(1)  # (curves,)
    least, best = np.full(len(first), np.inf), level.copy()
    for exponent in EXPONENTS:
        power = np.arange(1, n + 1) ** -exponent
        around = power - power.mean()
        slope = np.maximum((first - level[:, None]) @ around / (around @ around), 0)  # (curves,)
        left = ((first - level[:, None] - slope[:, None] * around) ** 2).sum(1)
        ahead = level + slope * (n_marks**-exponent - power.mean())
        best, least = np.where(left < least, ahead, best), np.minimum(left, least)
    return best
