"""Ridge regression (Hoerl & Kennard 1970) on the inputs of the last rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast

PENALTY = 1.0
"""On the squared weights, of scaled inputs; the intercept is free."""
BLOCK_NUMBERS = 2_000_000
"""Numbers of a block of lagged inputs: 16 MB, where all rows at once could take gigabytes."""


@rivals.register("ridge-1")
def ridge_1(task: Forecast) -> rivals.Fitted:
    """Return ridge on the inputs of row t."""
    return fit_ridge(task, 1)


@rivals.register("ridge-4")
def ridge_4(task: Forecast) -> rivals.Fitted:
    """Return ridge on the inputs of rows t, t - 1, t - 2, t - 3."""
    return fit_ridge(task, 4)


@rivals.register("ridge-12")
def ridge_12(task: Forecast) -> rivals.Fitted:
    """Return ridge on the inputs of rows t, ..., t - 11."""
    return fit_ridge(task, 12)


def fit_ridge(task: Forecast, n_lags: int) -> rivals.Fitted:
    """Fit the target itself on training rows that have all lags.

    The normal equations are summed block by block, centred on the inputs' means, so that memory
    does not grow with the rows; scikit-learn's `Ridge` needs all lagged rows at once. The weights
    are the same.
    """
    from scipy.linalg import solve

    series = task.series("train", residual=False)
    centre = np.tile(np.mean(np.concatenate([s.inputs for s in series]), 0, np.float64), n_lags)
    n_columns, n_targets = len(centre), series[0].targets.shape[1]
    gram = np.zeros((n_columns + 1, n_columns + 1))  # the last column is the intercept's
    moment = np.zeros((n_columns + 1, n_targets))
    for inputs, targets, counts in series:
        rows = np.flatnonzero(counts)
        for block in blocks(rows[rows >= n_lags - 1], n_columns):
            x = with_one(lagged(inputs, block, n_lags) - centre)
            gram += x.T @ x
            moment += x.T @ targets[block]
    penalty = np.full(n_columns + 1, PENALTY)
    penalty[-1] = 0.0
    weights = solve(gram + np.diag(penalty), moment, assume_a="sym")  # (n_columns + 1, n_targets)

    def predict(split: str) -> list[NDArray[np.float64]]:
        outputs = []
        for inputs, _, counts in task.series(split, residual=False):
            output = np.empty((len(counts), n_targets))
            for block in blocks(np.arange(len(counts)), n_columns):
                output[block] = with_one(lagged(inputs, block, n_lags) - centre) @ weights
            outputs.append(output)
        return task.unscale(split, outputs, residual=False)

    return rivals.Fitted(weights.size, predict)


def lagged(
    inputs: NDArray[np.floating], rows: NDArray[np.intp], n_lags: int
) -> NDArray[np.float64]:
    """Return the inputs of rows t, t - 1, ..., `(rows, n_lags * n_inputs)`.

    Before the series' first row, that row is repeated.
    """
    sources = np.maximum(rows[:, None] - np.arange(n_lags), 0)  # (rows, n_lags)
    return inputs[sources].reshape(len(rows), -1).astype(np.float64)


def with_one(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x with a column of ones at its end, for the intercept."""
    return np.concatenate([x, np.ones((len(x), 1))], 1)


def blocks(rows: NDArray[np.intp], n_columns: int) -> Iterator[NDArray[np.intp]]:
    """Yield the rows in blocks whose lagged inputs take little memory."""
    size = max(BLOCK_NUMBERS // n_columns, 1)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
