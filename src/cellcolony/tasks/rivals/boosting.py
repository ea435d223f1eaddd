"""Gradient boosting (Friedman 2001; scikit-learn's histogram trees after LightGBM).

Validation chooses how many rows the trees read, and how many trees there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.series import Series
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import Lags, blocks
from cellcolony.tasks.rivals.ridge import menu
from cellcolony.wording import count

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

MOST_TREES = 150
TRIAL_TREES = 50
"""With so many each entry of the menu is tried."""
MOST_NUMBERS = 40_000_000
"""Of lagged inputs at once, 320 MB; of more rows than that every second, third ... is fitted on."""
TRIAL_NUMBERS = 4_000_000
"""The same where an entry of the menu is tried."""
MOST_COLUMNS = 2_000
"""Lagged inputs: with more, either the rows are too few or the trees too slow."""


class _Trees(NamedTuple):
    """An ensemble.

    Attributes:
        model: What was fitted.
        n_trees: How many of its trees do best on validation, perhaps none.
        error: The sum of absolute errors on validation, in scaled units.
    """

    model: HistGradientBoostingRegressor
    n_trees: int
    error: float


@rivals.register("boosting")
def boosting(task: Forecast) -> rivals.Fitted:
    """Return gradient boosting on the lags that validation chooses."""
    return fit_boosting(task, menu(task, MOST_COLUMNS))


def fit_boosting(
    task: Forecast, lags: Sequence[Lags], most_numbers: int = MOST_NUMBERS
) -> rivals.Fitted:
    """Fit one ensemble for each target to its change from row t to row t + horizon.

    In one thread. The loss is the absolute error, which is what models are compared by. Lags and
    trees are those of the lowest absolute error on validation; lags are tried with fewer trees and
    fewer rows.

    Args:
        task: The task.
        lags: What validation chooses from.
        most_numbers: Lagged inputs that are held at once.
    """
    import sklearn.ensemble  # noqa: F401 - before the limit, which knows only what is loaded
    from threadpoolctl import threadpool_limits

    train, valid = (task.series(split, residual=True) for split in ("train", "valid"))
    n_values = sum(int(one.counts.sum()) for one in valid) * train[0].targets.shape[1]

    def fitted(one: Lags, most_numbers: int, most_trees: int) -> tuple[list[_Trees], int]:
        x, y, step = training_rows(train, one, most_numbers)
        return [_fit(x, y[:, i], valid, one, i, most_trees) for i in range(y.shape[1])], step

    errors: dict[Lags, float] = {}
    with threadpool_limits(1):
        for one in lags if len(lags) > 1 else ():
            trees, _ = fitted(one, min(TRIAL_NUMBERS, most_numbers), TRIAL_TREES)
            errors[one] = sum(tree.error for tree in trees) / n_values
        best = min(errors, key=errors.__getitem__, default=lags[0])
        ensembles, step = fitted(best, most_numbers, MOST_TREES)

    def predict(split: str) -> list[NDArray[np.float64]]:
        outputs = []
        for inputs, _, counts in task.series(split, residual=True):
            output = np.zeros((len(counts), len(ensembles)))
            with threadpool_limits(1):
                for block in blocks(np.flatnonzero(counts), best.n_columns(inputs.shape[1])):
                    columns = best.of(inputs, block)
                    for i, (model, n_trees, _) in enumerate(ensembles):
                        if n_trees:
                            output[block, i] = _nth(model.staged_predict(columns), n_trees)
            outputs.append(output)
        return task.unscale(split, outputs, residual=True)

    n_weights = sum(_n_nodes(one.model, one.n_trees) for one in ensembles)
    note = best.text + (f", fitted on 1 row in {step}" if step > 1 else "")
    tried = {count(one.longest, "lag"): own * rivals.unit(task) for one, own in errors.items()}
    return rivals.Fitted(n_weights, predict, note, tried)


def training_rows(
    series: Sequence[Series], lags: Lags, most_numbers: int
) -> tuple[NDArray[np.float64], NDArray[np.float32], int]:
    """Return lagged inputs, targets, and k where only every k-th row was taken to save memory."""
    rows = [np.flatnonzero(one.counts) for one in series]
    rows = [some[some >= lags.longest - 1] for some in rows]
    n_numbers = sum(map(len, rows)) * lags.n_columns(series[0].inputs.shape[1])
    step = max(-(-n_numbers // most_numbers), 1)
    rows = [some[::step] for some in rows]
    x = [lags.of(one.inputs, some) for one, some in zip(series, rows, strict=True)]
    y = [one.targets[some] for one, some in zip(series, rows, strict=True)]
    return np.concatenate(x), np.concatenate(y), step


def _fit(
    x: NDArray[np.float64],
    y: NDArray[np.float32],
    valid: Sequence[Series],
    lags: Lags,
    target: int,
    most_trees: int,
) -> _Trees:
    """Return an ensemble, with as many of its trees as do best on validation."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    settings: dict[str, Any] = {"loss": "absolute_error", "early_stopping": False}
    model = HistGradientBoostingRegressor(**settings, max_iter=most_trees, random_state=0).fit(x, y)
    errors = np.zeros(most_trees + 1)  # the sum of absolute errors with 0, 1, ... trees
    for inputs, targets, counts in valid:
        for block in blocks(np.flatnonzero(counts), x.shape[1]):
            truth = targets[block, target]
            errors[0] += np.abs(truth).sum()
            for i, guess in enumerate(model.staged_predict(lags.of(inputs, block)), 1):
                errors[i] += np.abs(guess - truth).sum()
    return _Trees(model, int(errors.argmin()), float(errors.min()))


def _nth(stages: Iterator[NDArray[np.float64]], n: int) -> NDArray[np.float64]:
    return next(islice(stages, n - 1, None))


def _n_nodes(model: Any, n_trees: int) -> int:
    """Count the numbers fitted: a threshold for each branching, a value for each leaf."""
    return sum(len(tree.nodes) for stage in model._predictors[:n_trees] for tree in stage)
