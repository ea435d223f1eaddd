"""The column of times: increasing and equally spaced, or a finding."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.numbers import to_numbers
from cellcolony.tasks.tables import Table

TOLERANCE = 0.01
"""How far a step may lie from the usual one, as a share of it: clocks jitter."""


class Step(NamedTuple):
    """The time from one row to the next.

    Attributes:
        amount: In seconds where the column holds dates, else in the column's own unit.
        text: The same for a reader.
        is_date: Whether the column holds dates.
    """

    amount: float
    text: str
    is_date: bool = False


def step_of(table: Table, column: str, findings: Findings) -> Step | None:
    """Return the time from one row to the next; None where there is no such thing.

    Args:
        table: The rows; it has the column.
        column: The column of times, as dates or as numbers of any unit.
        findings: Takes in values that are no times, times that do not increase, and gaps; of each
            kind the first, with the number of others.
    """
    cells = table.column(column)
    ticks = to_numbers(cells, table.format.decimal)  # (rows,)
    is_date = bool(np.isnan(ticks).mean() > 0.5)
    if is_date:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on dates in no common form
            dates = pd.to_datetime(cells, errors="coerce", utc=True)
        ticks = (dates - dates.min()).dt.total_seconds().to_numpy(np.float64)
    if np.isnan(ticks).any():
        _add_first(table, column, np.isnan(ticks), "holds {}, which is no time", findings)
        return None
    steps = np.diff(ticks)  # (rows - 1,)
    if len(steps) == 0:
        return None
    usual = float(np.median(steps))
    falls = steps <= 0
    if falls.any():
        what = "holds {}, which is not later than the row before"
        _add_first(table, column, np.append(False, falls), what, findings)
        return None
    step = Step(usual, _text(usual, is_date), is_date)
    jumps = np.abs(steps - usual) > TOLERANCE * usual
    if jumps.any():
        row = int(jumps.argmax())
        found = _text(float(steps[row]), is_date)
        what = f"holds {{}}, {found} after the row before, where the step is {step.text}"
        _add_first(table, column, np.append(False, jumps), what, findings)
        return None
    return step


def _text(amount: float, is_date: bool) -> str:
    return str(pd.Timedelta(amount, "s")) if is_date else shown(amount)


def _add_first(
    table: Table, column: str, faulty: np.ndarray, what: str, findings: Findings
) -> None:
    row, n_others = int(faulty.argmax()), int(faulty.sum()) - 1
    line, _ = table.locate([row])[row]
    what = what.format(shown(str(table.frame[column].iloc[row])))
    if n_others:
        what += f" (as do {n_others} more rows)"
    cure = "Cut the file in two there, mend it, or leave the column out with `--ignore`."
    findings.add(Finding(table.name, what, cure, line, column, table.unit))
