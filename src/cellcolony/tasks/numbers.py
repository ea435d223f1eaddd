"""From the fields of a column to float64; NaN stands for what is no number."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_complex_dtype, is_numeric_dtype

BLANKS = " \u00a0\u2009\u202f"
"""What stands between thousands where it is no mark."""

GROUPED = r"[+-]?\d{{1,3}}(?:[{mark}]\d{{2,3}})*[{mark}]\d{{3}}(?:{decimal}\d+)?"
"""A number with marks at its thousands, or lakhs; in all else a mark is none."""


def to_numbers(
    cells: pd.Series, decimal: str = ".", thousands: str | None = None
) -> NDArray[np.float64]:
    """Return the numbers of a column, `(rows,) float64`; NaN for a cell that is missing or text.

    Args:
        cells: The column.
        decimal: The decimal mark of numbers that are still text.
        thousands: The mark at their thousands, any blank for all of them; None for none.
    """
    if is_numeric_dtype(cells) and not is_complex_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan)
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(object)
    if not (cells.dtype == object or isinstance(cells.dtype, pd.StringDtype)):
        return np.full(len(cells), np.nan)  # times, intervals, ...
    if thousands is not None:
        marks = BLANKS if thousands in BLANKS else thousands
        grouped = re.compile(GROUPED.format(mark=re.escape(marks), decimal=re.escape(decimal)))
        without = str.maketrans("", "", marks)
        cells = cells.map(
            lambda cell: (
                cell.translate(without)
                if isinstance(cell, str) and grouped.fullmatch(cell.strip())
                else cell
            )
        )
    if decimal != ".":
        exchange = str.maketrans({decimal: ".", ".": "#"})
        cells = cells.map(lambda cell: cell.translate(exchange) if isinstance(cell, str) else cell)
    return np.asarray(pd.to_numeric(cells, errors="coerce"), np.float64)


def is_mostly_numbers(cells: pd.Series, decimal: str = ".", thousands: str | None = None) -> bool:
    """Say whether at least half of the cells that are not missing are numbers."""
    if is_numeric_dtype(cells) and not is_complex_dtype(cells):
        return True
    present = cells.dropna()
    return (
        bool(np.isfinite(to_numbers(present, decimal, thousands)).mean() >= 0.5)
        if len(present)
        else True
    )
