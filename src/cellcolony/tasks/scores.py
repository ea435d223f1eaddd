"""How far predictions lie from what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Errors:
    """Errors over the scored rows of a split, in each target's own units.

    Attributes:
        targets: The columns that were forecast.
        mae: The mean absolute error of each target.
        mse: The mean squared error of each target, in squared units.
        n_rows: How many rows were scored.
    """

    targets: tuple[str, ...]
    mae: tuple[float, ...]
    mse: tuple[float, ...]
    n_rows: int

    def lines(self) -> Iterator[tuple[str, str, float, int]]:
        """Yield target, measure, value and scored rows, one after the other."""
        for target, mae, mse in zip(self.targets, self.mae, self.mse, strict=True):
            yield target, "mae", mae, self.n_rows
            yield target, "mse", mse, self.n_rows


def score(
    targets: tuple[str, ...],
    predictions: Sequence[NDArray[np.floating]],
    truths: Sequence[NDArray[np.float64]],
    counts: Sequence[NDArray[np.bool_]],
) -> Errors:
    """Score the predictions of several series together; every scored row weighs the same.

    Args:
        targets: The columns that were forecast.
        predictions: `(time, n_targets)` for each series; what is not scored may be NaN.
        truths: The same shapes.
        counts: `(time,) bool` for each series, the scored rows.
    """
    n_rows = int(sum(count.sum() for count in counts))
    absolute, squared = 0.0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged model scores inf or NaN
        for prediction, truth, count in zip(predictions, truths, counts, strict=True):
            error = prediction[count].astype(np.float64) - truth[count]  # (scored, n_targets)
            absolute = absolute + np.abs(error).sum(0)
            squared = squared + np.square(error).sum(0)
    mae, mse = np.asarray(absolute) / n_rows, np.asarray(squared) / n_rows
    return Errors(targets, tuple(mae.tolist()), tuple(mse.tolist()), n_rows)
