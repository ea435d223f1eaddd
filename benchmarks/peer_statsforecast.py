"""ARIMA (Hyndman & Khandakar 2008) and the seasonal naive forecast of statsforecast for `peers.py`.

An ARIMA is fitted once, and `forward` applies it, with fixed parameters, to the rows up to the one
that predicts. Four things are not what a textbook would do:

- Seasonal orders are not tried: on 500 rows of period 24 the search takes 12 s, and then each row
  35 ms. Terms of Fourier of the row's number stand for the season (dynamic harmonic regression).
- `forward` reads the last 500 rows, not all: what an ARIMA forecasts hardly depends on older ones.
- Of a task of several files the last training file is fitted to: an ARIMA belongs to one series.
- Inputs that are not the target are regressors only `horizon` rows late: later ones are not known.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from peer import Fitted, OutOfTimeError, Predict, Problem, listed

N_RECENT = 1000
"""An ARIMA is fitted to so many of the last training rows first: all of them can take minutes."""
N_READ = 500
N_HARMONICS = 2

Floats = NDArray[np.floating]


def seasonal_naive(problem: Problem) -> Iterator[Fitted]:
    """Yield the value of the last row of the same phase, for each period."""
    from statsforecast.models import SeasonalNaive  # pyright: ignore

    if not problem.periods:
        problem.notes.append("the training rows have no period")
    for period in problem.periods:
        model = SeasonalNaive(season_length=period)

        def predict(inputs: Floats, rows: NDArray[np.intp], model=model, period=period) -> Floats:
            level = inputs[:, problem.own].astype(np.float64)
            return np.array([
                model.forecast(y=level[row + 1 - period : row + 1], h=problem.horizon)["mean"][-1]
                for row in rows
            ])  # fmt: skip

        yield Fitted(problem.error(predict), listed(period=period), predict)


class _Plan(NamedTuple):
    """What an ARIMA is fitted to.

    Attributes:
        n_rows: How many of the last training rows.
        season: Whether terms of Fourier are regressors.
        others: Which of the inputs are.
    """

    n_rows: int
    season: bool
    others: NDArray[np.intp]

    def regressors(self, problem: Problem, inputs: Floats, start: int, stop: int) -> Floats | None:
        """Return those of some rows, `(rows, columns)`, which may go on beyond the inputs."""
        rows, columns = np.arange(start, stop), []
        if self.season:
            angles = [
                2 * np.pi * k * rows / period
                for period in problem.periods
                for k in range(1, min(N_HARMONICS, (period - 1) // 2) + 1)
            ]
            columns += [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
        columns += [inputs[rows - problem.horizon, other] for other in self.others]
        return np.stack(columns, 1).astype(np.float64) if columns else None


def auto_arima(problem: Problem) -> Iterator[Fitted]:
    """Yield ARIMAs with and without regressors, of few rows and of all."""
    warnings.simplefilter("ignore")
    for plan in _plans(problem):
        what = listed(rows=plan.n_rows, fourier=plan.season, inputs=len(plan.others))
        try:
            with problem.budget.enforced():
                order, predict = _fit(problem, plan)
                fitted = Fitted(problem.error(predict), f"{order}, {what}", predict)
        except OutOfTimeError:
            problem.notes.append(f"no time for ARIMA of {what}, nor for more")
            return
        except Exception as error:  # of a library: its numbers fail in many ways
            problem.notes.append(f"ARIMA of {what} failed: {error}")
        else:
            yield fitted


def _plans(problem: Problem) -> Iterator[_Plan]:
    inputs = problem.train[-1].inputs
    n_all = len(inputs)
    for n_rows in dict.fromkeys((min(N_RECENT, n_all), n_all)):
        vary = np.ptp(inputs[-n_rows:], axis=0) > 0
        others = np.setdiff1d(np.flatnonzero(vary), [problem.own])
        yield _Plan(n_rows, False, others[:0])
        if problem.periods:
            yield _Plan(n_rows, True, others[:0])
        if len(others):
            yield _Plan(n_rows, False, others)


def _fit(problem: Problem, plan: _Plan) -> tuple[str, Predict]:
    from statsforecast.models import AutoARIMA  # pyright: ignore

    inputs, targets, _ = problem.train[-1]
    horizon, own = problem.horizon, problem.own
    level = np.concatenate([inputs[:, own], targets[-horizon:, 0]]).astype(np.float64)
    start, stop = len(level) - plan.n_rows, len(level)
    model: Any = AutoARIMA().fit(
        level[start:], X=plan.regressors(problem, inputs, start, stop)
    )  # fmt: skip
    p, q, *_, d, _ = model.model_["arma"]

    def forecast(inputs: Floats, row: int) -> float:
        start, stop = max(row + 1 - N_READ, horizon), row + 1
        known = inputs[:stop]
        return model.forward(
            y=known[start:, own].astype(np.float64),
            h=horizon,
            X=plan.regressors(problem, known, start, stop),
            X_future=plan.regressors(problem, known, stop, stop + horizon),
        )["mean"][-1]

    def predict(inputs: Floats, rows: NDArray[np.intp]) -> Floats:
        return np.array([forecast(inputs, row) for row in rows])

    return f"ARIMA({p}, {d}, {q})", predict
