"""Prediction intervals along a stream of forecasts of one target.

Split conformal prediction takes the quantile of the sizes of errors on rows that nothing was fitted
to (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, "Distribution-free predictive inference for
regression", section 2.2). It counts on errors that come in any order, and those of series do not:
noise changes, the validation rows have chosen the network, and machines drift. So

- an error counts in units of the recent error (section 5.2 there: locally weighted),
- the quantile is taken over the last of them, validation rows first, and
- the share of errors that may lie outside is moved a little for each one that does or does not, so
  that in the long run as many do as were asked for (adaptive conformal inference, Gibbs & Candes
  2021, eq. 2).

An error is known `horizon` rows after its forecast, and no earlier. How fast all this follows was
picked on the validation rows of the league, cut in two: see `benchmarks/intervals.py`.

MAPIE's and crepes' own conformal methods are not used: crepes has weighted errors, over a fixed set
of calibration rows; MAPIE has adaptive inference, for one target of an estimator of scikit-learn
that is called row by row. Neither moves on through a series with forecasts made `horizon` rows
before their errors are known.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError

WINDOW = 2_000
"""The most errors that a quantile is taken over."""
BEGINNING = 50
"""Errors whose mean is the recent error before any is known."""
LEAST_ERROR = 1e-12
"""The recent error is never less, in scaled units."""

Floats = NDArray[np.float64]


class Adaptation(NamedTuple):
    """How fast intervals follow the error.

    Attributes:
        rate: How much the last error counts in the recent error: of 0.02 the mean is over some 50
            rows; of 0 it stays that of the first errors, as in split conformal prediction.
        window: How many errors a quantile is taken over.
        step: By how much the share that may lie outside is moved: gamma of Gibbs & Candes.
    """

    rate: float = 0.02
    window: int = WINDOW
    step: float = 0.001


USUAL = Adaptation()


class HalfWidths(NamedTuple):
    """How far intervals reach from their forecasts, to either side.

    Attributes:
        half: `(n, n_levels)`, in the unit of the errors.
        recent: `(n,)`: the recent error as it was known at each forecast.
    """

    half: Floats
    recent: Floats


def half_widths(
    calibration: Floats, errors: Floats, rows: NDArray[np.int64], horizon: int,
    levels: Sequence[float], adaptation: Adaptation = USUAL,
) -> HalfWidths:  # fmt: skip
    """Return how far the intervals of a stream of forecasts reach.

    Args:
        calibration: Errors on validation rows, in their order, `(n_calibration,)`: at least
            `fewest(level)` for each level.
        errors: Truth less forecast, `(n,)`; no finite number where it is never known.
        rows: Which rows are forecast, `(n,) int64`, rising.
        horizon: How many rows before them they are forecast.
        levels: The shares of the truth that are to lie within.
        adaptation: How fast they follow the error.
    """
    first = int(rows[0]) if len(rows) else 0
    stream = _calibrated(calibration, first - horizon, horizon, levels, adaptation)
    sizes = np.abs(np.where(np.isfinite(errors), errors, math.nan))
    found = [stream.forecast(*one) for one in zip(rows.tolist(), sizes.tolist(), strict=True)]
    half = np.array([one[0] for one in found], np.float64).reshape(len(rows), len(levels))
    return HalfWidths(half, np.array([one[1] for one in found], np.float64))


class Settled(NamedTuple):
    """What validation says of the errors of one output, for one level: where a stream begins.

    Attributes:
        recent: The recent error.
        outside: The share that may lie outside.
        sizes: The sizes of errors in units of the recent error as it was then, the oldest first.
    """

    recent: float
    outside: float
    sizes: tuple[float, ...]

    @property
    def half(self) -> float:
        """How far intervals reach while no error is known, in the unit of the errors."""
        rank = quantile_rank(len(self.sizes), 1 - self.outside)
        return max(self.recent, LEAST_ERROR) * sorted(self.sizes)[rank - 1]


def settled(
    calibration: Floats, horizon: int, level: float, adaptation: Adaptation = USUAL
) -> Settled:
    """Return where a stream of forecasts begins, all errors on validation taken in.

    Args:
        calibration: As for `half_widths`.
        horizon: How many rows ahead is forecast.
        level: The share of the truth that is to lie within.
        adaptation: How fast intervals follow the error.
    """
    stream = _calibrated(calibration, 0, horizon, [level], adaptation)
    stream.know(0)
    return Settled(stream.recent, stream.outside[0], tuple(stream.sizes))


def _calibrated(
    calibration: Floats, last: int, horizon: int, levels: Sequence[float], adaptation: Adaptation
) -> _Stream:
    """Return a stream that has forecast the rows of validation, the last of which is given."""
    sizes = np.abs(calibration).tolist()
    stream = _Stream(levels, float(np.mean(sizes[:BEGINNING])), horizon, adaptation)
    for row, size in enumerate(sizes, last - len(sizes) + 1):
        stream.forecast(row, size)
    return stream


class _Stream:
    """What is known of a stream of errors up to some row.

    Attributes:
        recent: The recent error.
        outside: The share that may lie outside, at each level.
        sizes: The sizes of errors, in units of the recent error as it was then, the oldest first.
    """

    def __init__(
        self, levels: Sequence[float], recent: float, horizon: int, adaptation: Adaptation
    ) -> None:
        self.recent, self._horizon, self._adaptation = recent, horizon, adaptation
        self._asked = [1 - level for level in levels]
        self.outside = list(self._asked)
        self._fewest = [fewest(level) for level in levels]
        self.sizes: deque[float] = deque()
        self._by_size: list[float] = []
        self._unknown: deque[tuple[int, float, list[float], float]] = deque()

    def forecast(self, row: int, size: float) -> tuple[list[float], float]:
        """Return how far the intervals of a row reach, and the recent error as it is known there.

        Args:
            row: The row, which is forecast `horizon` rows before it.
            size: The size of its error, known from the row on; NaN where it never is.
        """
        self.know(row - self._horizon)
        recent = max(self.recent, LEAST_ERROR)
        halves = [recent * one for one in self._quantiles()]
        self._unknown.append((row, size, halves, recent))
        return halves, recent

    def know(self, row: int) -> None:
        """Take in the errors of the rows up to one."""
        while self._unknown and self._unknown[0][0] <= row:
            _, size, halves, recent = self._unknown.popleft()
            if not math.isnan(size):
                self._take(size, halves, recent)

    def _take(self, size: float, halves: Sequence[float], recent: float) -> None:
        """Take in an error, and how its intervals were made."""
        rate, window, step = self._adaptation
        for i, half in enumerate(halves):
            if not math.isnan(half):
                self.outside[i] += step * (self._asked[i] - (size > half))
        self.recent += rate * (size - self.recent)
        if not halves:
            return
        if len(self.sizes) == window:
            del self._by_size[bisect_left(self._by_size, self.sizes.popleft())]
        self.sizes.append(size / recent)
        insort(self._by_size, size / recent)

    def _quantiles(self) -> list[float]:
        """Return what the next error is within, in units of the recent error; NaN if unknown."""
        by_size, n = self._by_size, len(self._by_size)
        return [
            by_size[quantile_rank(n, 1 - outside) - 1] if n >= needed else math.nan
            for outside, needed in zip(self.outside, self._fewest, strict=True)
        ]


def quantile_rank(n: int, level: float) -> int:
    """Return which of `n` sizes, from 1 and rising, a share of them and one more is within.

    Above the share that so many sizes can tell of it is the largest.
    """
    rank = math.ceil((n + 1) * level - 1e-9)  # 0.95 of 19 and one more is the 19th
    return min(max(rank, 1), n)


def fewest(level: float) -> int:
    """Return how many errors it takes to say what a share of the truth lies within."""
    return math.ceil(level / (1 - level) - 1e-9)


def check_level(level: float) -> None:
    """Check the share of an interval.

    Raises:
        ConfigError: It is not between 0 and 1.
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise ConfigError(
            "`interval` must be the share of what comes that is to lie within, above 0 and below "
            f"1, such as 0.9. Got {level!r}."
        )
