"""Missing values, filled only on request."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FILLS = ("previous", "interpolate")


def fill_gaps(column: NDArray[np.float64], fill: str) -> NDArray[np.float64]:
    """Return a column with its gaps filled; NaN remains where there is nothing to fill from.

    Args:
        column: `(rows,) float64`, NaN where a value is missing.
        fill: "previous" repeats the value before a gap. "interpolate" draws a line across it, and
            so looks ahead: such a row is neither trained on nor scored.
    """
    rows = np.arange(len(column))
    present = ~np.isnan(column)
    if not present.any():
        return column
    if fill == "interpolate":
        return np.interp(rows, rows[present], column[present], left=np.nan, right=np.nan)
    latest = np.maximum.accumulate(np.where(present, rows, -1))
    return np.where(latest >= 0, column[latest], np.nan)
