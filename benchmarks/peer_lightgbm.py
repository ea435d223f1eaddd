"""LightGBM (Ke et al. 2017) on lagged inputs, a peer of `peers.py`; its settings are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peer import Budget, Fitted, Problem, listed

from cellcolony.networks.series import Series

LONGEST = 48
"""The longest lag of all inputs, but for those of a period."""
MOST_TREES, PATIENCE = 3000, 50
FIXED = {"feature_pre_filter": False, "num_threads": 1, "verbosity": -1}
"""Of tables of rows too: all trials share them."""


def lightgbm(problem: Problem) -> Iterator[Fitted]:
    """Yield ensembles of trees; validation also says how many trees each has."""
    import lightgbm as library  # pyright: ignore

    cache: dict[tuple[int, ...], Any] = {}

    def tables(lags: tuple[int, ...]) -> Any:
        """Return the binned rows to fit to, and those to choose on."""
        if lags not in cache:
            train = library.Dataset(_table(problem.train, lags), params=FIXED)
            valid = library.Dataset(_table(problem.valid, lags), params=FIXED, reference=train)
            cache[lags] = train.construct(), valid.construct()
        return cache[lags]

    while not problem.budget.is_spent:
        yield _trial(problem, library, tables)


def _trial(problem: Problem, library: Any, tables: Any) -> Fitted:
    budget, own = problem.budget.of_trial(), problem.own
    n_lags, residual = problem.one_of(1, 4, 12, 24, LONGEST + 1), problem.one_of(False, True)
    lags = _lags(problem, n_lags)
    settings = {
        "objective": problem.one_of("l1", "l2", "huber"),
        "num_leaves": round(problem.between(4, 128)),
        "learning_rate": problem.between(0.02, 0.2),
        "min_data_in_leaf": round(problem.between(5, 200)),
        "feature_fraction": problem.between(0.2, 1.0),
        "bagging_fraction": problem.between(0.5, 1.0),
        "lambda_l2": problem.between(1e-3, 100.0),
        "seed": int(problem.rng.integers(2**31)),
    }
    fixed = {"metric": "l1", "bagging_freq": 1, "deterministic": True, "force_col_wise": True}
    for table, split in zip(tables(lags), (problem.train, problem.valid), strict=True):
        table.set_label(_labels(split, lags, own if residual else None))
    history: dict[str, Any] = {}
    booster = library.train(
        {**settings, **FIXED, **fixed},
        tables(lags)[0],
        MOST_TREES,
        valid_sets=[tables(lags)[1]],
        valid_names=["valid"],
        callbacks=[
            library.record_evaluation(history),
            library.early_stopping(PATIENCE, verbose=False),
            _Stop(library, budget),
        ],
    )
    n_trees = int(np.argmin(history["valid"]["l1"])) + 1

    def predict(inputs: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.floating]:
        output = booster.predict(_lagged(inputs, rows, lags), num_iteration=n_trees, num_threads=1)
        return output + inputs[rows, own] if residual else output

    about = listed(lags=n_lags, residual=residual, trees=n_trees, **settings)
    return Fitted(problem.error(predict), about, predict)


def _lags(problem: Problem, n_lags: int) -> tuple[int, ...]:
    """Return the first lags, and of each period those of the same phase, now and then."""
    phases = {
        lag
        for period in problem.periods
        for lag in (period, -(-problem.horizon // period) * period - problem.horizon)
    }
    return tuple(sorted({*range(n_lags), *phases}))


def _lagged(
    inputs: NDArray[np.float32], rows: NDArray[np.intp], lags: tuple[int, ...]
) -> NDArray[np.float32]:
    return np.concatenate([inputs[rows - lag] for lag in lags], 1)  # (rows, lags * n_inputs)


def _rows(one: Series, lags: tuple[int, ...]) -> NDArray[np.intp]:
    rows = np.flatnonzero(one.counts)
    return rows[rows >= lags[-1]]


def _table(split: Sequence[Series], lags: tuple[int, ...]) -> NDArray[np.float32]:
    return np.concatenate([_lagged(one.inputs, _rows(one, lags), lags) for one in split])


def _labels(split: Sequence[Series], lags: tuple[int, ...], own: int | None) -> NDArray[np.float32]:
    """Return the targets, less the present value where `own` names its column."""
    labels = []
    for one in split:
        rows = _rows(one, lags)
        labels.append(one.targets[rows, 0] - (0 if own is None else one.inputs[rows, own]))
    return np.concatenate(labels)


class _Stop:
    """A callback that ends training when the time is over, after the last tree was scored."""

    def __init__(self, library: Any, budget: Budget) -> None:
        self.order = 100  # LightGBM gives its own to a callback without, as an instance's attribute
        self._library, self._budget = library, budget

    def __call__(self, env: Any) -> None:
        if self._budget.is_spent:
            stop = self._library.callback.EarlyStopException
            raise stop(env.iteration, env.evaluation_result_list)
