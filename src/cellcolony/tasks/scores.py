"""How far predictions lie from what came: every measure of a forecast is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEAR_ZERO = 0.1
"""A target is near zero where it is smaller than this share of its mean size: an error in percent
would then say more of the target than of the forecast."""
MEASURES = {
    "mae": "MAE", "rmse": "RMSE", "mase": "MASE", "mape": "MAPE, %", "r2": "R2", "mse": "MSE",
}  # fmt: skip
"""The measures by the names that files have for them, and what they are called in a table."""

Floats = NDArray[np.float64]
Values = tuple[float | None, ...]
"""A measure of each target; None where it is not defined."""


@dataclass(frozen=True)
class Errors:
    """Errors over the scored rows of a split, in each target's own units.

    Attributes:
        targets: The columns that were forecast.
        mae: The mean absolute error of each target.
        mse: The mean squared error of each target, in squared units.
        n_rows: How many rows were scored.
        mase: The mean absolute error of each target over that of the naive forecast on the training
            rows (Hyndman & Koehler 2006, "Another look at measures of forecast accuracy",
            International Journal of Forecasting 22, section 2.5). Theirs is one step ahead; ours is
            as far ahead as the forecast, so that below 1 means better than the last value again.
        mape: The mean absolute error of each target in percent of its value; None where a scored
            value is near zero: see `NEAR_ZERO`.
        r2: 1 less the squared error over that of the mean of the scored rows; None where they are
            all the same.
    """

    targets: tuple[str, ...]
    mae: tuple[float, ...]
    mse: tuple[float, ...]
    n_rows: int
    mase: Values
    mape: Values
    r2: Values

    @property
    def rmse(self) -> tuple[float, ...]:
        """The root of the mean squared error of each target."""
        return tuple(np.sqrt(self.mse).tolist())

    def lines(self) -> Iterator[tuple[str, str, float, int]]:
        """Yield target, measure, value and scored rows, one after the other."""
        for i, target in enumerate(self.targets):
            for measure in MEASURES:
                value = getattr(self, measure)[i]
                if value is not None:
                    yield target, measure, value, self.n_rows


def score(
    targets: tuple[str, ...],
    predictions: Sequence[NDArray[np.floating]],
    truths: Sequence[Floats],
    counts: Sequence[NDArray[np.bool_]],
    naive: Floats,
) -> Errors:
    """Score the predictions of several series together; every scored row weighs the same.

    The measures are those of `sklearn.metrics`, which the tests compare them with; it refuses what
    a model that diverged predicts, and here that scores infinity or NaN.

    Args:
        targets: The columns that were forecast.
        predictions: `(time, n_targets)` for each series; what is not scored may be NaN.
        truths: The same shapes.
        counts: `(time,) bool` for each series, the scored rows.
        naive: `(n_targets,)`: the mean absolute error of the naive forecast on the training rows.
    """
    n_rows = int(sum(count.sum() for count in counts))
    absolute, squared, relative = 0.0, 0.0, 0.0
    with np.errstate(all="ignore"):  # a diverged model scores inf or NaN
        for prediction, truth, count in zip(predictions, truths, counts, strict=True):
            scored = truth[count]
            error = prediction[count].astype(np.float64) - scored  # (scored, n_targets)
            absolute = absolute + np.abs(error).sum(0)
            squared = squared + np.square(error).sum(0)
            relative = relative + np.abs(error / scored).sum(0)
        mae, mse = np.asarray(absolute) / n_rows, np.asarray(squared) / n_rows
        scored = np.concatenate([truth[count] for truth, count in zip(truths, counts, strict=True)])
        variance, sizes = scored.var(0), np.abs(scored)
        is_far = sizes.min(0) >= NEAR_ZERO * sizes.mean(0)
        measures: Mapping[str, Values] = {
            "mase": _where(naive > 0, mae / naive),
            "mape": _where(is_far & (sizes.min(0) > 0), 100 * np.asarray(relative) / n_rows),
            "r2": _where(variance > 0, 1 - mse / variance),
        }
    return Errors(targets, tuple(mae.tolist()), tuple(mse.tolist()), n_rows, **measures)


def _where(is_defined: NDArray[np.bool_], values: Floats) -> Values:
    pairs = zip(is_defined.tolist(), values.tolist(), strict=True)
    return tuple(value if known else None for known, value in pairs)
