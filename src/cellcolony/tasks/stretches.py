"""The errors of a model, summed over short stretches of scored rows.

Whether two models differ by more than chance is asked of their errors row by row, paired, in blocks
of rows that follow each other. Sums over stretches that are shorter than any block tell the same,
and fit into a line of the journal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_STRETCHES = 1_000


def rows_each(n_rows: int) -> int:
    """Return how many rows a stretch has, where so many are scored; the last may have fewer."""
    return max(-(-n_rows // MOST_STRETCHES), 1)


def error_sums(
    predictions: Sequence[NDArray[np.floating]],
    truths: Sequence[NDArray[np.float64]],
    counts: Sequence[NDArray[np.bool_]],
) -> NDArray[np.float64]:
    """Return the sums of absolute errors, `(stretches, n_targets)`, in the targets' own units.

    Args:
        predictions: `(time, n_targets)` for each series; what is not scored may be NaN.
        truths: The same shapes.
        counts: `(time,) bool` for each series, the scored rows.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged model has inf or NaN
        errors = np.concatenate(
            [
                np.abs(prediction[count].astype(np.float64) - truth[count])
                for prediction, truth, count in zip(predictions, truths, counts, strict=True)
            ]
        )  # (scored rows, n_targets)
        starts = np.arange(0, len(errors), rows_each(len(errors)))
        return np.add.reduceat(errors, starts, axis=0)
