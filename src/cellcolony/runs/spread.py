"""How far the values of several runs reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """What some values come to.

    Attributes:
        n: How many there are.
        mean: Their arithmetic mean.
        sd: Their standard deviation, as a sample's: over n - 1; None for a single value.
        least: The least.
        median: The middle one.
        most: The largest.
    """

    n: int
    mean: float
    sd: float | None
    least: float
    median: float
    most: float

    @staticmethod
    def of(values: Iterable[float | None]) -> Spread | None:
        """Return the spread of the values that are known; None where there are none."""
        known = np.array([value for value in values if value is not None], np.float64)
        if not len(known):
            return None
        with np.errstate(invalid="ignore"):  # the deviation of infinite values is no number
            is_one = known.min() == known.max()  # of equal values rounding would leave a rest
            sd = None if len(known) == 1 else 0.0 if is_one else float(known.std(ddof=1))
            middle = float(np.median(known))
        return Spread(len(known), float(known.mean()), sd, float(known.min()), middle,
                      float(known.max()))  # fmt: skip
