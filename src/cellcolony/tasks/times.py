"""A column of times, read exactly: dates in many forms, and whole numbers of any unit."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype, is_integer_dtype, is_numeric_dtype

from cellcolony.settings import Rule, settings
from cellcolony.tasks.tables import Table

MOST_LOOKED_AT = 200
"""Cells of a column that nobody has called one of times."""
TIMES = 0.95
"""Such a share of them must be times."""
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[A-Za-z]{3,}.*\d|\d.*[A-Za-z]{3,}")
NUMBERS_FIRST = r"^\s*(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(.*)$"
MIDNIGHT = r"(?<=[ T])24:00(?::00(?:\.0+)?)?\s*$"
CENTURY = 69
"""A year of two digits up to this one is of this century, as POSIX has it."""
ZONE = Rule(
    lambda name: name in available_timezones(), "be a time zone, such as Europe/Berlin or UTC"
)


class Times(NamedTuple):
    """Times of the rows of a table.

    Attributes:
        ticks: `(rows,)`: nanoseconds since 1970 (int64) for dates, else the numbers themselves less
            the first one, int64 where all are whole, else float64. What is no time holds anything.
        is_known: `(rows,) bool`: which cells hold a time.
        is_date: Whether they are dates.
        day_first: Whether the day was read before the month; None where that does not arise.
        is_doubtful: Whether the cells may be read either way.
        dates: The dates, in UTC or the zone that was given; None for numbers.
    """

    ticks: NDArray[np.int64] | NDArray[np.float64]
    is_known: NDArray[np.bool_]
    is_date: bool
    day_first: bool | None = None
    is_doubtful: bool = False
    dates: pd.Series | None = None


@settings
class Clock:
    """Where the time of a row stands, and how it is read.

    Attributes:
        column: The column of times, or of dates where the clock has a column of its own.
        clock: The column of the clock; None where one column has both.
        day_first: Whether 3/4/2024 is the third of April; None to find out.
        zone: The time zone of dates that name none, such as Europe/Berlin; None for UTC.
    """

    column: str
    clock: str | None = None
    day_first: bool | None = None
    zone: Annotated[str, ZONE] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,) if self.clock is None else (self.column, self.clock)

    def cells(self, table: Table) -> pd.Series:
        """Return the cells of a table that has the columns; two are joined by a blank."""
        cells = table.column(self.column)
        if self.clock is None:
            return cells
        both = [own.astype("string").str.strip() for own in (cells, table.column(self.clock))]
        return both[0].str.cat(both[1], sep=" ").astype(object)

    def written_in(self, table: Table) -> pd.Series | None:
        """Return the cells of a table under the column's name; None where it lacks one."""
        if not set(self.columns) <= set(table.frame.columns):
            return None
        return self.cells(table).rename(self.column)

    def resolved(self, table: Table) -> Clock:
        """Return the clock with the order of day and month that a table proves, if it does."""
        cells = self.cells(table)
        if is_datetime64_any_dtype(cells) or not _may_be_ordered(cells):
            return self
        times = self.read(table)
        return self if times.is_doubtful else replace(self, day_first=times.day_first)

    def read(self, table: Table) -> Times:
        """Return the times of a table that has the columns."""
        cells = self.cells(table)
        numbers = None if is_datetime64_any_dtype(cells) else _numbers(cells, table)
        return numbers or _dates(cells, self.day_first, self.zone)


def looks_like_times(cells: pd.Series) -> bool:
    """Say whether a column that holds no numbers plainly holds dates.

    Args:
        cells: Those of its cells that are not missing.
    """
    if is_datetime64_any_dtype(cells):
        return True
    some = cells.iloc[:MOST_LOOKED_AT]
    texts = some[some.map(lambda cell: isinstance(cell, str))]
    if len(texts) < max(TIMES * len(some), 1) or not texts.str.contains(DATE).all():
        return False
    return bool(_dates(texts, None, None).is_known.mean() >= TIMES)


def _numbers(cells: pd.Series, table: Table) -> Times | None:
    """Return times that are numbers, whole ones exactly; None where most cells are none."""
    if (whole := whole_numbers(cells)) is not None:
        return Times(whole, np.ones(len(cells), bool), False)
    if not is_numeric_dtype(cells) and looks_like_times(cells.dropna()):
        return None
    own = Table(table.name, cells.to_frame("times"), None, table.format).numbers("times")
    known = np.isfinite(own)
    if known.mean() <= 0.5:
        return None
    return Times(own - own[known.argmax()], known, False)


def whole_numbers(cells: pd.Series) -> NDArray[np.int64] | None:
    """Return whole numbers of any size less the first one, exactly; None where not all are such."""
    if is_integer_dtype(cells):
        if cells.isna().any():
            return None
        values = cells.to_numpy(object)
    elif cells.dtype == object and all(_is_whole(cell) for cell in cells):
        values = np.array([int(cell) for cell in cells], object)
    else:
        return None
    less = values - values[0] if len(values) else values
    try:
        return less.astype(np.int64)
    except OverflowError:
        return None


def _is_whole(cell: object) -> bool:
    if isinstance(cell, str):
        text = cell.strip()
        return text.removeprefix("-").isdecimal() and len(text) <= 40
    return isinstance(cell, int) and not isinstance(cell, bool)


def _dates(cells: pd.Series, day_first: bool | None, zone: str | None) -> Times:
    doubtful = False
    if not is_datetime64_any_dtype(cells):
        cells, day_first, doubtful = _in_order(cells, day_first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on dates in no common form
        dates = _zoned(cells, zone)
    known = dates.notna().to_numpy(bool)
    ticks = dates.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[ns]")
    return Times(ticks.to_numpy().astype(np.int64), known, True, day_first, doubtful, dates)


def _in_order(cells: pd.Series, day_first: bool | None) -> tuple[pd.Series, bool | None, bool]:
    """Write dates of numbers with the year first; return them, their order, and if it is a guess.

    A day above 12 anywhere proves the order; then whichever makes the steps equal; then the month
    comes first, as a guess.
    """
    texts = _next_midnight(cells)
    if not _may_be_ordered(texts):
        return texts, None, False
    parts = texts.astype("string").str.strip().str.extract(NUMBERS_FIRST)
    if not parts[0].notna().mean() > 0.5:
        return texts, None, False
    one, two = (np.array(pd.to_numeric(parts[i]), np.float64) for i in (0, 2))
    doubtful = False
    if day_first is None and ((one > 12).any() or (two > 12).any()):
        day_first = bool((one > 12).any())
    if day_first is None:
        even = [_is_even(_ordered(parts, order)) for order in (False, True)]
        day_first, doubtful = even == [False, True], even[0] == even[1]
    return _ordered(parts, day_first), day_first, doubtful


def _may_be_ordered(cells: pd.Series) -> bool:
    """Say whether some of the first cells are dates of which the day may come first."""
    some = cells.dropna().iloc[:MOST_LOOKED_AT].astype("string")
    return bool(some.str.contains(NUMBERS_FIRST.replace("(", "(?:").replace("\\2", "[/.-]")).any())


def _ordered(parts: pd.DataFrame, day_first: bool) -> pd.Series:
    month, day = (parts[2], parts[0]) if day_first else (parts[0], parts[2])
    numbers = np.array(pd.to_numeric(parts[3]), np.float64)
    century = pd.Series(np.where(numbers <= CENTURY, "20", "19"), parts.index, "string")
    year = parts[3].where(~(numbers < 100), century + parts[3])
    text = year + "-" + month.str.zfill(2) + "-" + day.str.zfill(2) + parts[4]
    return text.astype(object)


def _is_even(texts: pd.Series) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        ticks = _zoned(texts, None).diff().iloc[1:]
    return bool(ticks.notna().all() and (ticks == ticks.iloc[0]).all()) if len(ticks) else False


def _next_midnight(texts: pd.Series) -> pd.Series:
    """Write 24:00 as 0:00 of the next day."""
    late = np.array(
        [
            isinstance(text, str) and (" 24:00" in text or "T24:00" in text)
            for text in texts.to_numpy(object)
        ],
        bool,
    )
    if not late.any():
        return texts
    late = texts.astype("string").str.contains(MIDNIGHT).fillna(False).to_numpy(bool)
    own = texts.loc[late].str.replace(MIDNIGHT, "00:00", regex=True)
    ordered, _, _ = _in_order(own, None)
    days = pd.to_datetime(ordered, errors="coerce") + pd.Timedelta(1, "D")
    texts = texts.copy()
    texts[late] = days.dt.strftime("%Y-%m-%d %H:%M:%S").astype(object)
    return texts


def _zoned(cells: pd.Series, zone: str | None) -> pd.Series:
    """Return dates with a time zone; those that cannot be as missing."""
    if is_datetime64_any_dtype(cells):
        dates = cells
    else:
        dates = pd.to_datetime(cells, errors="coerce", format="ISO8601", utc=False)
        if not is_datetime64_any_dtype(dates) or dates.isna().any():
            iso = pd.to_datetime(cells, errors="coerce", format="ISO8601", utc=True)
            other = pd.to_datetime(cells, errors="coerce", utc=True)
            better = iso if iso.notna().sum() >= other.notna().sum() else other
            names_a_zone = cells.astype("string").str.contains(r"(?:Z|[+-]\d\d:?\d\d)\s*$").any()
            dates = better if names_a_zone else better.dt.tz_localize(None)
    if dates.dt.tz is not None:
        return dates if zone is None else dates.dt.tz_convert(ZoneInfo(zone))
    if zone is None:
        return dates.dt.tz_localize("UTC")
    try:
        return dates.dt.tz_localize(ZoneInfo(zone), ambiguous="infer", nonexistent="NaT")
    except ValueError:  # the hour that comes twice is there once
        first = np.ones(len(dates), bool)
        return dates.dt.tz_localize(ZoneInfo(zone), ambiguous=first, nonexistent="NaT")
