"""Test intervals: what share of the scored rows lies within them, and how wide they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cellcolony.runs.conformal.adaptive import USUAL, Adaptation, fewest, half_widths
from cellcolony.runs.conformal.coverage import LEVELS, Coverage
from cellcolony.runs.conformal.residuals import Residuals
from cellcolony.runs.predictions import ScoredSeries


def reach(
    series: ScoredSeries, calibration: Residuals, width: NDArray[np.float64], horizon: int,
    levels: Sequence[float], adaptation: Adaptation = USUAL,
) -> NDArray[np.float64]:  # fmt: skip
    """Return how far intervals around forecasts of scored rows reach, `(n, n_targets, n_levels)`.

    Args:
        series: The rows, with forecasts and truth.
        calibration: The network's errors on validation.
        width: By what targets are scaled, `(n_targets,)`.
        horizon: How many rows ahead was forecast.
        levels: The shares that are to lie within.
        adaptation: How fast they follow the error.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # somebody else may have written them
        errors = (series.truth - series.predicted) / width
        halves = [
            half_widths(
                of_target.astype(np.float64), own, series.rows, horizon, levels, adaptation
            ).half
            for of_target, own in zip(calibration.T, errors.T, strict=True)
        ]
        return np.stack(halves, 1) * width[:, None]


def coverage(
    series: Sequence[ScoredSeries], targets: Sequence[str], calibration: Residuals,
    width: NDArray[np.float64], horizon: int, model: str = "", levels: Sequence[float] = LEVELS,
) -> Iterator[Coverage]:  # fmt: skip
    """Yield the coverage of each target at each level that so many validation rows allow.

    Args:
        series: What the model forecast on the test rows.
        targets: The columns that were forecast.
        calibration: The model's errors on validation.
        width: By what targets are scaled, `(n_targets,)`.
        horizon: How many rows ahead was forecast.
        model: See `Coverage`.
        levels: The shares that are asked for.
    """
    tested = [one for one in series if len(one.rows)]
    if not tested or not all(np.isfinite(one.predicted).all() for one in tested):
        return
    known = [level for level in levels if fewest(level) <= len(calibration)]
    half = np.concatenate([reach(one, calibration, width, horizon, known) for one in tested])
    away = np.concatenate([np.abs(one.truth - one.predicted) for one in tested])
    covered, widths = (away[:, :, None] <= half).mean(0), 2 * half.mean(0)
    for place, level in enumerate(known):
        for i, target in enumerate(targets):
            shares = float(covered[i, place]), float(widths[i, place])
            yield Coverage(target, level, *shares, len(half), model)
