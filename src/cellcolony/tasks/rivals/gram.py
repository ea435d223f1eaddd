"""The normal equations of lagged inputs, without the lagged inputs.

Row t of a regression on k lags holds x(t), x(t - 1), ..., x(t - k + 1). Products of its columns
depend on how far two lags lie apart but for the first and last rows, so that all of them follow
from those with the lag 0: 30 columns with 340 lags on 100,000 rows take seconds, not minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Tap
from cellcolony.networks.series import Series
from cellcolony.wording import count

BLOCK_NUMBERS = 2_000_000
"""Numbers of a block of lagged inputs: 16 MB, where all rows at once could take gigabytes."""

Floats = NDArray[np.float64]


class Lags(NamedTuple):
    """Which lagged inputs a regression reads.

    Their order is lag by lag, so that those of fewer lags are the first of those of more.

    Attributes:
        every: Of each input, the values at rows t, ..., t - every + 1.
        longest: Of the inputs in `own`, those at the rows up to t - longest + 1.
        own: The positions of the inputs that are targets.
    """

    every: int
    longest: int
    own: tuple[int, ...]

    def n_columns(self, n_inputs: int) -> int:
        """Return how many lagged inputs there are."""
        return self.every * n_inputs + (self.longest - self.every) * len(self.own)

    def taps(self, n_inputs: int) -> list[Tap]:
        """Return which input, and how many rows back, each lagged input is."""
        return [
            (column, lag)
            for lag in range(self.longest)
            for column in (range(n_inputs) if lag < self.every else self.own)
        ]

    @property
    def text(self) -> str:
        """How many lags: "48 lags"."""
        more = f", {self.every} of other columns" if self.every < self.longest else ""
        return count(self.longest, "lag") + more

    def of(self, inputs: NDArray[np.floating], rows: NDArray[np.intp]) -> Floats:
        """Return the lagged inputs of some rows, `(rows, n_columns)`."""
        wide = lagged(inputs, rows, self.every)
        if self.longest == self.every:
            return wide
        own = lagged(inputs[:, list(self.own)], rows, self.longest)
        return np.concatenate([wide, own[:, self.every * len(self.own) :]], 1)


class NormalEquations(NamedTuple):
    """Sums over training rows of a regression's products, about the columns' means.

    Attributes:
        gram: `(columns, columns)`, of lagged inputs; what lies below the diagonal is not set.
        moment: `(columns, n_targets)`, of lagged inputs and targets.
        centre: `(columns,)`: the means of the lagged inputs.
        level: `(n_targets,)`: the means of the targets.
    """

    gram: Floats
    moment: Floats
    centre: Floats
    level: Floats


def normal_equations(series: Sequence[Series], lags: Lags) -> NormalEquations:
    """Sum the products over all counted rows that have all lags.

    Args:
        series: What is trained on.
        lags: Which lagged inputs.
    """
    n_inputs, n_targets = series[0].inputs.shape[1], series[0].targets.shape[1]
    inputs_of_all = np.concatenate([one.inputs for one in series])
    mean: Floats = np.asarray(inputs_of_all.mean(0, np.float64))
    n_columns = lags.n_columns(n_inputs)
    gram = np.zeros((n_columns, n_columns))
    moment = np.zeros((n_columns, n_targets + 1))  # the last column is the intercept's
    total = np.zeros(n_targets + 1)  # of the targets, and how many rows there are
    for inputs, targets, counts in series:
        rows = np.flatnonzero(counts)
        rows = rows[rows >= lags.longest - 1]
        if not len(rows):
            continue
        x = inputs.astype(np.float64) - mean  # (time, n_inputs)
        y = np.zeros((len(counts), n_targets + 1))
        y[rows] = np.concatenate([targets[rows], np.ones((len(rows), 1))], 1)
        total += y.sum(0)
        start, stop = int(rows[0]), int(rows[-1]) + 1
        skipped = np.setdiff1d(np.arange(start, stop), rows)
        if len(skipped) < len(rows):
            _add_range(gram, x, lags, start, stop)
            _add_rows(gram, x, lags, skipped, sign=-1)
        else:
            _add_rows(gram, x, lags, rows, sign=1)
        for lag, columns, used in _layout(lags, n_inputs):
            moment[columns] += x[start - lag : stop - lag, used].T @ y[start:stop]
    n_rows = max(float(total[-1]), 1.0)
    level: Floats = total[:-1] / n_rows
    sums: Floats = moment[:, -1]
    gram -= np.outer(sums / n_rows, sums)
    centre = _spread(mean, lags) + sums / n_rows
    about: Floats = moment[:, :-1] - np.outer(sums, level).astype(np.float64)
    return NormalEquations(gram, about, centre, level)


def _layout(lags: Lags, n_inputs: int) -> Iterator[tuple[int, slice, list[int]]]:
    """Yield each lag, the columns of its lagged inputs, and which inputs these are."""
    place = 0
    for lag in range(lags.longest):
        used = list(range(n_inputs)) if lag < lags.every else list(lags.own)
        yield lag, slice(place, place + len(used)), used
        place += len(used)


def _spread(values: Floats, lags: Lags) -> Floats:
    """Return a value of each input as one of each lagged input."""
    return np.concatenate([values[used] for _, _, used in _layout(lags, len(values))])


def _add_range(gram: Floats, x: Floats, lags: Lags, start: int, stop: int) -> None:
    """Add the products over the rows from `start` to `stop`, above and on the diagonal.

    With P(i, j) the sum over t of x(t - i) x(t - j)^T: from P(i, j) to P(i + 1, j + 1) the row
    start - 1 comes in and the row stop - 1 goes out.
    """
    n_inputs = x.shape[1]
    kept = np.concatenate([lag * n_inputs + np.array(used, np.intp)
                           for lag, _, used in _layout(lags, n_inputs)])  # fmt: skip
    first = np.stack([x[start:stop].T @ x[start - lag : stop - lag] for lag in range(lags.longest)])
    products = first.transpose(1, 0, 2)  # (n_inputs, lag j >= i, n_inputs), for i = 0
    for lag, columns, used in _layout(lags, n_inputs):
        after = kept[columns.start :] - lag * n_inputs  # in `products`, flat
        flat = products.reshape(n_inputs, -1)
        gram[columns, columns.start :] += flat[np.ix_(used, after)]
        if lag + 1 < lags.longest:
            # x(end - 1 - j) for the lags j = lag, ..., longest - 2: (lags, n_inputs)
            before, last = (x[end - lags.longest + 1 : end - lag][::-1] for end in (start, stop))
            products = products[:, :-1] + (
                before[0][:, None, None] * before - last[0][:, None, None] * last
            )


def _add_rows(gram: Floats, x: Floats, lags: Lags, rows: NDArray[np.intp], sign: int) -> None:
    """Add, or take away, the products of some rows."""
    for block in blocks(rows, len(gram)):
        columns = lags.of(x, block)
        gram += sign * (columns.T @ columns)


def lagged(inputs: NDArray[np.floating], rows: NDArray[np.intp], n_lags: int) -> Floats:
    """Return the inputs of rows t, t - 1, ..., `(rows, n_lags * n_inputs)`.

    Before the series' first row, that row is repeated.
    """
    sources = np.maximum(rows[:, None] - np.arange(n_lags), 0)  # (rows, n_lags)
    return inputs[sources].reshape(len(rows), n_lags * inputs.shape[1]).astype(np.float64)


def blocks(rows: NDArray[np.intp], n_columns: int) -> Iterator[NDArray[np.intp]]:
    """Yield the rows in blocks whose lagged inputs take little memory."""
    size = max(BLOCK_NUMBERS // n_columns, 1)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
