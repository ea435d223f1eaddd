"""Tables made of tables: each series of a long file by itself, and rows at regular times."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from cellcolony.errors import ConfigError
from cellcolony.settings import Rule
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import Clock

MOST_SERIES = 10_000
MOST_GROWN = 100
"""A regular table has at most so many times the rows of the table that it is made of."""


def is_span(text: str) -> bool:
    """Say whether a text is a span of time, such as 10min."""
    try:
        return pd.Timedelta(text) > pd.Timedelta(0)
    except ValueError:
        return False


SPAN = Rule(is_span, "be a span of time, such as 10min or 1h")


def each_series(table: Table, column: str, findings: Findings) -> list[Table]:
    """Return the series of a table one by one, in the order in which they begin.

    Args:
        table: Rows of several series, which may be mixed.
        column: Says of each row to which series it belongs.
        findings: Takes in a row that says nothing, and too many series.
    """
    if column not in table.frame.columns:
        return [table]  # said where columns are checked
    cells = table.column(column)
    if cells.isna().any():
        row = int(cells.isna().to_numpy(bool).argmax())
        line, _ = table.locate([row])[row]
        what = "holds nothing, and says to which series a row belongs"
        findings.add(Finding(table.name, what, "Mend it.", line, column, table.unit))
        return [table]
    if cells.nunique() > MOST_SERIES:
        what = f"holds {cells.nunique():,} values, and a file may hold {MOST_SERIES:,} series"
        cure = "Name the column that says which series a row belongs to."
        findings.add(Finding(table.name, what, cure, column=column))
        return [table]
    found = []
    for value in cells.unique():
        rows = np.flatnonzero((cells == value).to_numpy(bool))
        found.append(table.of_rows(rows, f"{table.name}, {value}"))
    return found


def at_regular_times(table: Table, clock: Clock, every: str, findings: Findings) -> Table:
    """Return a table with a row at every multiple of a span of time.

    A number is the mean of what falls into the span that begins there, missing where nothing does;
    anything else is the first of them.

    Args:
        table: It has the clock's columns.
        clock: Where dates stand.
        every: The span, such as 10min.
        findings: Takes in cells that are no dates, and a span that would make too many rows.

    Raises:
        ConfigError: The times are numbers.
    """
    if not set(clock.columns) <= set(table.frame.columns):
        return table  # said where columns are checked
    times = clock.read(table)
    if not times.is_date or times.dates is None:
        raise ConfigError(
            f"`every` needs dates, and column {shown(clock.column)} of {table.name} holds numbers."
        )
    if not times.is_known.all():
        return table  # said where times are checked
    rows = (times.dates.max() - times.dates.min()) / pd.Timedelta(every)
    if rows > MOST_GROWN * len(table.frame) + MOST_GROWN:
        what = f"would have {rows:,.0f} rows at every {every}"
        findings.add(Finding(table.name, what, "Give a longer span.", column=clock.column))
        return table
    frame = table.frame.set_axis(pd.DatetimeIndex(times.dates))
    spans = frame.sort_index(kind="stable").resample(every, origin="epoch")
    columns = {}
    for name in table.frame.columns:
        if name in clock.columns:
            continue
        numbers = pd.Series(table.numbers(name), frame.index)
        if is_numeric_dtype(table.column(name)) or numbers.notna().any():
            columns[name] = numbers.sort_index(kind="stable").resample(every, origin="epoch").mean()
        else:
            columns[name] = spans[name].first()
    regular = pd.DataFrame(columns)
    regular.insert(0, clock.column, regular.index)
    n_empty = int((np.asarray(spans.size()) == 0).sum())
    n_joined = len(frame) - (len(regular) - n_empty)
    if n_empty or n_joined:
        what = f"{len(regular):,} rows at every {every}, made of {len(frame):,}"
        findings.remark(table.name, what + f"; {n_empty:,} of them are empty" * bool(n_empty))
    return Table(table.name, regular.reset_index(drop=True), None, table.format)
