"""Ridge regression (Hoerl & Kennard 1970) on the inputs of the last rows.

Validation chooses how many rows, and how strong the penalty is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import LinearStart
from cellcolony.networks.series import Series
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import Lags, NormalEquations, blocks, normal_equations
from cellcolony.wording import count

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
"""On the squared weights, of scaled inputs; the intercept is free."""
MOST_COLUMNS = 5_000
"""Lagged inputs: the products of so many take 200 MB, and as much to solve."""


@rivals.register("ridge")
def ridge(task: Forecast) -> rivals.Fitted:
    """Return ridge on the lags and with the penalty that validation chooses."""
    return fit_ridge(task, menu(task))


class _Tried(NamedTuple):
    """One entry of the menu.

    Attributes:
        lags: Which lagged inputs.
        penalty: On the squared weights.
        weights: `(columns, n_targets)`.
        error: The mean absolute error on validation, over all targets, in scaled units.
    """

    lags: Lags
    penalty: float
    weights: NDArray[np.float64]
    error: float


def menu(task: Forecast, most_columns: int = MOST_COLUMNS) -> tuple[Lags, ...]:
    """Return what validation chooses from, by rising lags.

    Where all inputs with the longest lag are too many, the longer lags are those of the inputs that
    are targets, and where these are too many, there are none.
    """
    inputs, counts = task.columns.inputs, task.lags.lags
    own = tuple(inputs.index(name) for name in task.columns.targets if name in inputs)
    fitting = [
        Lags(every, longest, own)
        for longest in counts
        for every in counts
        if every == longest or (every < longest and own)
        if Lags(every, longest, own).n_columns(len(inputs)) <= most_columns
    ]
    most = max(fitting, key=lambda one: (one.longest, one.every), default=Lags(1, 1, own))
    return tuple(
        Lags(min(longest, most.every), longest, own)
        for longest in counts
        if longest <= most.longest
    )


def fit_ridge(
    task: Forecast, lags: Sequence[Lags], penalties: Sequence[float] = PENALTIES
) -> rivals.Fitted:
    """Fit the target itself on the training rows that have the longest lag, in one thread.

    Args:
        task: The task.
        lags: What validation chooses from; each reads the first of the columns of the last.
        penalties: What validation chooses from.
    """
    import scipy.linalg  # noqa: F401 - before the limit, which knows only what is loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        equations = normal_equations(task.series("train", residual=False), lags[-1])
        tried = list(_tried(task.series("valid", False), equations, lags, penalties))
    best = min(tried, key=lambda one: one.error)

    def predict(split: str) -> list[NDArray[np.float64]]:
        outputs = []
        for inputs, _, counts in task.series(split, residual=False):
            output = np.empty((len(counts), len(equations.level)))
            for block in blocks(np.arange(len(counts)), len(best.weights)):
                output[block] = _apply(best.lags.of(inputs, block), best.weights, equations)
            outputs.append(output)
        return task.unscale(split, outputs, residual=False)

    errors = {one.longest: min(own.error for own in tried if own.lags == one) for one in lags}
    return rivals.Fitted(
        best.weights.size + len(equations.level),
        predict,
        best.lags.text,
        {count(n, "lag"): error * rivals.unit(task) for n, error in errors.items()},
    )


def best_ridge(
    task: Forecast, most_columns: int, penalties: Sequence[float], residual: bool
) -> LinearStart:
    """Return the ridge that is best on validation, as a linear model of taps.

    Args:
        task: The task.
        most_columns: Lagged inputs that it may read at most.
        penalties: What validation chooses from.
        residual: Whether what the target changes by is fitted, not the target itself.
    """
    lags = menu(task, most_columns)
    equations = normal_equations(task.series("train", residual), lags[-1])
    tried = _tried(task.series("valid", residual), equations, lags, penalties)
    best = min(tried, key=lambda one: one.error)
    taps = tuple(best.lags.taps(len(task.columns.inputs)))
    bias = equations.level - equations.centre[: len(taps)] @ best.weights
    weights = tuple(tuple(row) for row in best.weights.tolist())
    return LinearStart(taps, weights, tuple(bias.tolist()))


def _tried(
    valid: Sequence[Series],
    equations: NormalEquations,
    lags: Sequence[Lags],
    penalties: Sequence[float],
) -> Iterator[_Tried]:
    """Yield every entry of the menu with its error on validation."""
    n_inputs = valid[0].inputs.shape[1]
    for one in lags:
        weights = list(_solved(equations, one.n_columns(n_inputs), penalties))
        together = np.concatenate(weights, 1)  # (columns, penalties * n_targets)
        sums, n_values = np.zeros(len(penalties)), 0
        for inputs, targets, counts in valid:
            for block in blocks(np.flatnonzero(counts), len(together)):
                output = _apply(one.of(inputs, block), together, equations)
                errors = np.abs(output.reshape(len(block), len(penalties), -1)
                                - targets[block][:, None])  # fmt: skip
                sums += errors.sum((0, 2))
                n_values += targets[block].size
        for penalty, own, total in zip(penalties, weights, sums, strict=True):
            yield _Tried(one, penalty, own, float(total / n_values))


def _solved(
    equations: NormalEquations, n_columns: int, penalties: Sequence[float]
) -> Iterator[NDArray[np.float64]]:
    """Yield the weights for each penalty, `(n_columns, n_targets)`."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve, lstsq

    gram, moment = equations.gram[:n_columns, :n_columns], equations.moment[:n_columns]
    for penalty in penalties:
        system = gram.copy()
        np.fill_diagonal(system, system.diagonal() + penalty)
        try:
            yield cho_solve(cho_factor(system, overwrite_a=True, check_finite=False), moment)
        except LinAlgError:  # columns that depend on each other, and rounding
            upper = np.triu(gram)
            whole = upper + np.triu(upper, 1).T + penalty * np.eye(n_columns)
            found: Any = lstsq(whole, moment)
            yield found[0]


def _apply(
    columns: NDArray[np.float64], weights: NDArray[np.float64], equations: NormalEquations
) -> NDArray[np.float64]:
    """Return the outputs for lagged inputs, `(rows, columns of weights)`."""
    n_columns, n_targets = len(weights), len(equations.level)
    level = np.tile(equations.level, weights.shape[1] // n_targets)
    return (columns - equations.centre[:n_columns]) @ weights + level
