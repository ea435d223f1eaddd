"""The times of the rows that follow a table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cellcolony.tasks.tables import Table
from cellcolony.tasks.timeline import DAY, NANOSECONDS, Step, Timing, calendar_offset
from cellcolony.tasks.times import names_zones


def next_times(timing: Timing, table: Table, n_rows: int) -> pd.Series | None:
    """Return the times of the rows that follow a table.

    Args:
        timing: The times that a network was trained on.
        table: Rows with such times: `Timing.check` finds nothing amiss with them.
        n_rows: How many rows follow.

    Returns:
        `(n_rows,)`: dates in the zone that was given, else in UTC where the table names zones, else
        without one; or numbers, whole ones exactly. None where the table tells no times, or has too
        few rows to tell on which days of the calendar they fall.
    """
    clock, step = timing.where, timing.step
    if not clock.is_in(table):
        return None
    times = clock.read(table)
    if times.dates is None:
        last, amount = _number(clock.cells(table).iloc[-1], table), step.amount
        if isinstance(last, int) and amount.is_integer():  # of any size
            return pd.Series([last + i * int(amount) for i in range(1, n_rows + 1)], dtype=object)
        return pd.Series(last + amount * np.arange(1, n_rows + 1))
    found = _next_dates(times.dates, step, n_rows)
    if found is None or clock.zone is not None or names_zones(clock.cells(table)):
        return found
    return found.dt.tz_localize(None)


def _next_dates(dates: pd.Series, step: Step, n_rows: int) -> pd.Series | None:
    """Return the dates that follow; None where too few of them tell a step of the calendar.

    Days, and all longer steps, are counted on the clock of the zone: midnight stays midnight.
    """
    last, days = dates.iloc[-1], step.amount / DAY
    if step.is_even and not days.is_integer():
        steps = np.arange(1, n_rows + 1) * round(step.amount * NANOSECONDS)
        return last + pd.Series(pd.to_timedelta(steps, "ns"))
    offset = f"{int(days)}D" if step.is_even else calendar_offset(dates)
    if not offset:
        return None
    local = pd.date_range(last.tz_localize(None), periods=n_rows + 1, freq=offset)[1:]
    first = np.ones(n_rows, bool)  # of the two hours of one name, in autumn
    zoned = local.tz_localize(dates.dt.tz, ambiguous=first, nonexistent="shift_forward")
    return pd.Series(zoned)


def _number(cell: object, table: Table) -> int | float:
    """Return a time that is a number; a whole one exactly."""
    if isinstance(cell, str) and cell.strip().removeprefix("-").isdecimal():
        return int(cell)
    if isinstance(cell, int | np.integer):
        return int(cell)
    own = replace(table, frame=pd.DataFrame({"time": [cell]}))
    return float(own.numbers("time")[0])
