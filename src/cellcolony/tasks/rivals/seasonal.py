"""Seasonal persistence: the future is as it was a period before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.wording import count


def has_period(task: Forecast) -> bool:
    """Say whether the targets come back to about the same."""
    return bool(task.lags.periods)


@rivals.register_where("seasonal-persistence", has_period)
def seasonal_persistence(task: Forecast) -> rivals.Fitted:
    """Return the rival y(t + horizon) = y(t + horizon - n periods), the last that is known.

    Of several periods validation chooses one.
    """
    tried = {period: _error(task, period) for period in task.lags.periods}
    best = min(tried, key=tried.__getitem__)
    named = {f"period {period}": error * rivals.unit(task) for period, error in tried.items()}
    return rivals.Fitted(0, lambda split: predict(task, split, best), count(best, "row"), named)


def predict(task: Forecast, split: str, period: int) -> list[NDArray[np.float64]]:
    """Return the predictions with one period; before a whole period is known, persistence."""
    steps = np.array(task.transform.steps)
    back = -(-steps // period) * period - steps  # from row t to the last row of that phase
    found = []
    for base in task.base(split):
        rows = np.arange(len(base))[:, None]  # (time, n_outputs) below
        of_phase = np.where(rows >= back, rows - back, rows)
        found.append(np.take_along_axis(base, of_phase, axis=0))
    return found


def _error(task: Forecast, period: int) -> float:
    """Return the mean absolute error on validation, in scaled units."""
    mae = task.score("valid", predict(task, "valid", period)).mae
    return float(np.mean(np.array(mae) / task.transform.target_scaling.width))
