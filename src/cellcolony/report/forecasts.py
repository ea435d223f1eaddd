"""Write forecasts as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import pandas as pd

from cellcolony.store.files import write_output
from cellcolony.store.spreadsheet import to_cell

DIGITS = "%.10g"


def write_forecasts(
    forecasts: pd.DataFrame, to: Path | TextIO, times: pd.Series | None = None
) -> None:
    """Write one line for each row of the input.

    The column `row` counts the input's rows from 0. The column `y[t+3]` holds what `y` is expected
    to be 3 rows after that row, in its own units: the last 3 lines forecast beyond the end.

    Args:
        forecasts: As `Result.predict` gives them.
        to: A path, which is written over, or an open file.
        times: The times of the rows, as they are written in the input; None for none.
    """
    if times is not None:
        forecasts = forecasts.copy()
        forecasts.insert(0, str(times.name), times.to_numpy())
    _write(forecasts.reset_index(drop=True), to)


def write_future(forecasts: pd.DataFrame, to: Path | TextIO) -> None:
    """Write one line for each row beyond the input's end.

    The column `row` counts on from the input's rows, or those of each series, which count from 0.
    The series and the time of the row stand beside it, as far as they are known; dates have the
    offset from UTC where their zone is known. The column `y` holds what `y` is expected to be
    there, in its own units.

    Args:
        forecasts: As `Result.forecast` gives them.
        to: A path, which is written over, or an open file.
    """
    _write(forecasts, to)


def _write(forecasts: pd.DataFrame, to: Path | TextIO) -> None:
    forecasts = forecasts.rename(columns=lambda name: to_cell(str(name)))
    text = forecasts.to_csv(index_label="row", float_format=DIGITS, lineterminator="\n")
    if isinstance(to, Path):
        write_output(to, text)
    else:
        to.write(text)
