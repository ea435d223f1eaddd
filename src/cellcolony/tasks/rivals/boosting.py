"""Gradient boosting on 12 lags (Friedman 2001; scikit-learn's histogram trees after LightGBM)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.series import Series
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import blocks, lagged

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

N_LAGS = 12
MOST_TREES = 150
"""How many of them are used is chosen on validation."""
MOST_NUMBERS = 40_000_000
"""Of lagged inputs at once, 320 MB; of more rows than that every second, third ... is fitted on."""


@rivals.register("boosting-12")
def boosting_12(task: Forecast) -> rivals.Fitted:
    """Return gradient boosting on the inputs of rows t, ..., t - 11."""
    return fit_boosting(task)


def fit_boosting(task: Forecast, most_numbers: int = MOST_NUMBERS) -> rivals.Fitted:
    """Fit one ensemble for each target to its change from row t to row t + horizon.

    In one thread. The loss is the absolute error, which is what models are compared by. The number
    of trees is the one of the lowest absolute error on validation.

    Args:
        task: The task.
        most_numbers: Lagged inputs that are held at once.
    """
    import sklearn.ensemble  # noqa: F401 - before the limit, which knows only what is loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        x, y, step = training_rows(task.series("train", residual=True), most_numbers)
        valid = task.series("valid", residual=True)
        ensembles = [_fit(x, y[:, i], valid, i) for i in range(y.shape[1])]

    def predict(split: str) -> list[NDArray[np.float64]]:
        outputs = []
        for inputs, _, counts in task.series(split, residual=True):
            output = np.zeros((len(counts), len(ensembles)))
            with threadpool_limits(1):
                for block in blocks(np.flatnonzero(counts), inputs.shape[1] * N_LAGS):
                    lags = lagged(inputs, block, N_LAGS)
                    for i, (model, n_trees) in enumerate(ensembles):
                        if n_trees:
                            output[block, i] = _nth(model.staged_predict(lags), n_trees)
            outputs.append(output)
        return task.unscale(split, outputs, residual=True)

    n_weights = sum(_n_nodes(model, n_trees) for model, n_trees in ensembles)
    return rivals.Fitted(n_weights, predict, f"fitted on 1 row in {step}" if step > 1 else "")


def training_rows(
    series: Sequence[Series], most_numbers: int
) -> tuple[NDArray[np.float64], NDArray[np.float32], int]:
    """Return lagged inputs, targets, and k where only every k-th row was taken to save memory."""
    rows = [np.flatnonzero(one.counts) for one in series]
    rows = [some[some >= N_LAGS - 1] for some in rows]
    n_numbers = sum(map(len, rows)) * series[0].inputs.shape[1] * N_LAGS
    step = max(-(-n_numbers // most_numbers), 1)
    rows = [some[::step] for some in rows]
    x = [lagged(one.inputs, some, N_LAGS) for one, some in zip(series, rows, strict=True)]
    y = [one.targets[some] for one, some in zip(series, rows, strict=True)]
    return np.concatenate(x), np.concatenate(y), step


def _fit(
    x: NDArray[np.float64], y: NDArray[np.float32], valid: Sequence[Series], target: int
) -> tuple[HistGradientBoostingRegressor, int]:
    """Return an ensemble, and how many of its trees do best on validation, perhaps none."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    settings: dict[str, Any] = {"loss": "absolute_error", "early_stopping": False}
    model = HistGradientBoostingRegressor(**settings, max_iter=MOST_TREES, random_state=0).fit(x, y)
    errors = np.zeros(MOST_TREES + 1)  # the sum of absolute errors with 0, 1, ... trees
    for inputs, targets, counts in valid:
        for block in blocks(np.flatnonzero(counts), x.shape[1]):
            truth = targets[block, target]
            errors[0] += np.abs(truth).sum()
            for i, guess in enumerate(model.staged_predict(lagged(inputs, block, N_LAGS)), 1):
                errors[i] += np.abs(guess - truth).sum()
    return model, int(errors.argmin())


def _nth(stages: Iterator[NDArray[np.float64]], n: int) -> NDArray[np.float64]:
    return next(islice(stages, n - 1, None))


def _n_nodes(model: Any, n_trees: int) -> int:
    """Count the numbers fitted: a threshold for each branching, a value for each leaf."""
    return sum(len(tree.nodes) for stage in model._predictors[:n_trees] for tree in stage)
