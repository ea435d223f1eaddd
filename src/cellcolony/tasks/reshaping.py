"""Tables made of tables: each series of a long file by itself, and rows at regular times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from cellcolony.errors import ConfigError
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.numbers import is_mostly_numbers
from cellcolony.tasks.tables import Table
from cellcolony.tasks.timeline import found_doubt, found_mixture
from cellcolony.tasks.times import Clock

MOST_SERIES = 10_000
MOST_GROWN = 100
"""A regular table has at most so many times the rows of the table that it is made of."""


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
        found.append(replace(table.of_rows(rows, f"{table.name}, {value}"), series=value))
    return found


def at_regular_times(
    table: Table, clock: Clock, every: str, used: Callable[[str], bool], findings: Findings
) -> Table:
    """Return a table with a row at every multiple of a span of time.

    A number is the mean of what falls into the span that begins there, missing where nothing does;
    anything else is the first of them. Spans of whole days begin at midnight of the clock's zone.

    Args:
        table: It has the clock's columns.
        clock: Where dates stand.
        every: The span, such as 10min.
        used: Says whether a column is used: what cannot be read in it is then found.
        findings: Takes in cells that are no dates or numbers, times of several series, and a span
            that would make too many rows.

    Raises:
        ConfigError: The times are numbers.
    """
    if not clock.is_in(table):
        return table  # said where columns are checked
    times = clock.read(table)
    if not times.is_date or times.dates is None:
        raise ConfigError(
            f"`every` needs dates, and column {shown(clock.column)} of {table.name} holds numbers."
        )
    dates, span = times.dates, cast("pd.Timedelta", pd.Timedelta(every))
    if not times.is_known.all():
        row = int((~times.is_known).argmax())
        line, _ = table.locate([row])[row]
        what = f"holds {shown(str(clock.cells(table).iloc[row]))}, which is no time"
        findings.add(Finding(table.name, what, "Mend it.", line, clock.column, table.unit))
        return table
    if found_doubt(table, clock, times, findings):
        return table
    if found_mixture(table, clock, times, "drop `--every` and `--time`", findings):
        return table
    rows = (dates.max() - dates.min()) / span
    if rows > MOST_GROWN * len(table.frame) + MOST_GROWN:
        what = f"would have {rows:,.0f} rows at every {every}"
        findings.add(Finding(table.name, what, "Give a longer span.", column=clock.column))
        return table
    n_before = len(findings)
    cells = {}
    for name in map(str, table.frame.columns):
        if name in clock.columns:
            continue
        own = table.column(name)
        if is_mostly_numbers(own, table.format.decimal, table.format.thousands):
            own = table.numbers(name)
            if used(name):
                _find_texts(table, name, own, findings)
        cells[name] = np.asarray(own)
    if len(findings) > n_before:
        return table
    frame = pd.DataFrame(cells, pd.DatetimeIndex(dates)).sort_index(kind="stable")
    days = span.total_seconds() / 86_400
    if days == int(days):
        spans = frame.resample(f"{int(days)}D")
    else:
        spans = frame.tz_convert("UTC").resample(span, origin="epoch")
    columns = {
        name: spans[name].mean() if is_numeric_dtype(frame[name]) else spans[name].first()
        for name in frame.columns
    }
    counts = spans.size()
    regular = pd.DataFrame(columns, counts.index)
    at = cast("pd.DatetimeIndex", counts.index)
    regular.insert(0, clock.column, at.tz_convert(dates.dt.tz))
    n_empty = int((np.asarray(counts) == 0).sum())
    if n_empty or len(frame) != len(regular):
        what = f"{len(regular):,} rows at every {every}, made of {len(frame):,}"
        findings.remark(table.name, what + f"; {n_empty:,} of them are empty" * bool(n_empty))
    return replace(table, frame=regular.reset_index(drop=True), path=None, rows=None)


def _find_texts(table: Table, name: str, numbers: NDArray[np.float64], findings: Findings) -> None:
    """Find cells of a column of numbers that are none, before they are lost in a mean."""
    wrong = np.isnan(numbers) & ~table.column(name).isna().to_numpy(bool)
    if wrong.any():
        row = int(wrong.argmax())
        line, _ = table.locate([row])[row]
        what = f"holds {shown(str(table.column(name).iloc[row]))}, which is no number"
        if (n := int(wrong.sum())) > 1:
            what += f" (as do {n - 1:,} more rows)"
        cure = "Mend it, see `--decimal` and `--thousands`, or name it with `--na`."
        findings.add(Finding(table.name, what, cure, line, name, table.unit))
