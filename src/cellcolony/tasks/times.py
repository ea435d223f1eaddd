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
LATE = re.compile(r"(?<=[ T])24:00(?=(?::00(?:\.0+)?)?\s*$)")
"""Midnight at the end of a day."""
NAMES_A_ZONE = r"(?:Z|UTC|GMT|:\d\d(?:\.\d+)?\s*[+-]\d\d(?::?\d\d)?)\s*$"
DIGITS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Dates that are written as whole numbers, by their digits."""
FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Of such dates: other numbers are seconds, or counts."""
EARLIEST, LATEST = pd.Timestamp("1678-01-01"), pd.Timestamp("2262-01-01")
"""What nanoseconds can tell."""
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

    def is_in(self, table: Table) -> bool:
        """Say whether a table has the columns."""
        return set(self.columns) <= set(table.frame.columns)

    def cells(self, table: Table) -> pd.Series:
        """Return the cells of a table that has the columns; two are joined by a blank."""
        cells = table.column(self.column)
        if self.clock is None:
            return cells
        both = [_text_of(own) for own in (cells, table.column(self.clock))]
        return both[0].str.cat(both[1], sep=" ").astype(object)

    def written_in(self, table: Table) -> pd.Series | None:
        """Return the cells of a table under the column's name; None where it lacks one."""
        return self.cells(table).rename(self.column) if self.is_in(table) else None

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
        if not is_datetime64_any_dtype(cells):
            cells = _dates_of_digits(cells)
            if (numbers := _numbers(cells, table)) is not None:
                return numbers
        return _dates(cells, self.day_first, self.zone)


def looks_like_times(cells: pd.Series) -> bool:
    """Say whether a column that holds no numbers plainly holds dates.

    Args:
        cells: Those of its cells that are not missing.
    """
    if is_datetime64_any_dtype(cells) or isinstance(cells.dtype, pd.ArrowDtype):
        return is_datetime64_any_dtype(cells) or "date" in str(cells.dtype)
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
    elif _holds_objects(cells) and all(_is_whole(cell) for cell in cells):
        values = np.array([int(cell) for cell in cells], object)
    else:
        return None
    less = values - values[0] if len(values) else values
    try:
        return less.astype(np.int64)
    except OverflowError:
        return None


def _holds_objects(cells: pd.Series) -> bool:
    return cells.dtype == object or isinstance(cells.dtype, pd.StringDtype)


def _is_whole(cell: object) -> bool:
    if isinstance(cell, str):
        text = cell.strip()
        return text.removeprefix("-").isdecimal() and len(text) <= 40
    return isinstance(cell, int) and not isinstance(cell, bool)


def _dates(cells: pd.Series, day_first: bool | None, zone: str | None) -> Times:
    doubtful, late = False, None
    if isinstance(cells.dtype, pd.ArrowDtype) and "date" in str(cells.dtype):
        cells = cells.astype("datetime64[us]")
    if not is_datetime64_any_dtype(cells):
        cells, late = _next_midnight(cells)
        cells, day_first, doubtful = _in_order(cells, day_first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on dates in no common form
        dates = _zoned(cells, zone, late)
    naive = dates.dt.tz_convert("UTC").dt.tz_localize(None)
    known = (naive.notna() & (naive > EARLIEST) & (naive < LATEST)).to_numpy(bool)
    dates, naive = dates.where(known), naive.where(known)
    ticks = naive.astype("datetime64[ns]")
    return Times(ticks.to_numpy().astype(np.int64), known, True, day_first, doubtful, dates)


def _in_order(cells: pd.Series, day_first: bool | None) -> tuple[pd.Series, bool | None, bool]:
    """Write dates of numbers with the year first; return them, their order, and if it is a guess.

    A day above 12 anywhere proves the order; then whichever makes the steps equal; then the month
    comes first, as a guess.
    """
    if not _may_be_ordered(cells):
        return cells, None, False
    parts = cells.astype("string").str.strip().str.extract(NUMBERS_FIRST)
    if not parts[0].notna().mean() > 0.5:
        return cells, None, False
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


def _next_midnight(texts: pd.Series) -> tuple[pd.Series, NDArray[np.bool_] | None]:
    """Write 24:00 as 0:00; return which rows are then a day later, None for none."""
    cells = texts.to_numpy(object)
    late = np.array(
        [
            isinstance(text, str) and "24:00" in text and LATE.search(text) is not None
            for text in cells
        ],
        bool,
    )
    if not late.any():
        return texts, None
    written = [LATE.sub("00:00", text) if is_late else text
               for text, is_late in zip(cells, late, strict=True)]  # fmt: skip
    return pd.Series(written, texts.index, object), late


def _zoned(cells: pd.Series, zone: str | None, late: NDArray[np.bool_] | None = None) -> pd.Series:
    """Return dates in a time zone, UTC where none is given; those that cannot be as missing.

    Args:
        cells: Dates, with or without a zone of their own, or texts.
        zone: The zone of those that name none.
        late: Which of them are a day later; None for none.
    """
    dates = cells if is_datetime64_any_dtype(cells) else _parsed(cells)
    if late is not None:
        dates = dates + pd.to_timedelta(late.astype(int), "D")
    if dates.dt.tz is not None:
        return dates.dt.tz_convert("UTC" if zone is None else ZoneInfo(zone))
    if zone is None:
        return dates.dt.tz_localize("UTC")
    try:
        return dates.dt.tz_localize(ZoneInfo(zone), ambiguous="infer", nonexistent="NaT")
    except ValueError:  # the hour that comes twice is there once
        first = np.ones(len(dates), bool)
        return dates.dt.tz_localize(ZoneInfo(zone), ambiguous=first, nonexistent="NaT")


def _parsed(cells: pd.Series) -> pd.Series:
    """Return texts as dates, with a zone where they name one."""
    iso = pd.to_datetime(cells, errors="coerce", format="ISO8601", utc=True)
    best = iso
    if iso.isna().any():
        other = pd.to_datetime(cells, errors="coerce", utc=True)
        best = iso if iso.notna().sum() >= other.notna().sum() else other
    return best if names_zones(cells) else best.dt.tz_localize(None)


def names_zones(cells: pd.Series) -> bool:
    """Say whether some dates name the time zone that they are in."""
    if is_datetime64_any_dtype(cells):
        return cells.dt.tz is not None
    return bool(cells.astype("string").str.contains(NAMES_A_ZONE).any())


def _text_of(cells: pd.Series) -> pd.Series:
    """Return the half of a time as a text; whole numbers are dates of 8 digits, or clocks."""
    if not is_integer_dtype(cells) or cells.isna().any():
        return cells.astype("string").str.strip()
    most = int(cells.max())
    texts = cells.astype("string")
    if most >= 10**7:
        return texts.str.slice(0, 4) + "-" + texts.str.slice(4, 6) + "-" + texts.str.slice(6, 8)
    texts = texts.str.zfill(4 if most <= 2400 else 6)
    pieces = [texts.str.slice(at, at + 2) for at in range(0, 4 if most <= 2400 else 6, 2)]
    return pieces[0].str.cat(pieces[1:], sep=":")


def _dates_of_digits(cells: pd.Series) -> pd.Series:
    """Return whole numbers that are written dates as dates; anything else as it is."""
    if not is_integer_dtype(cells) or cells.isna().any() or not len(cells):
        return cells
    form = DIGITS.get(len(str(int(cells.iloc[0]))))
    if form is None:
        return cells
    dates = pd.to_datetime(cells.astype("string"), errors="coerce", format=form)
    years = dates.dt.year
    return dates if bool(((years >= FIRST_YEAR) & (years <= LAST_YEAR)).all()) else cells


def is_span(text: str) -> bool:
    """Say whether a text is a span of time with its unit, such as 10min."""
    try:
        return not text.strip().isdecimal() and pd.Timedelta(text) > pd.Timedelta(0)
    except ValueError:
        return False


SPAN = Rule(is_span, "be a span of time, such as 10min or 1h")


def quoted(name: str) -> str:
    """Return the name of a column as a command line takes it."""
    return name if name.isidentifier() else f"'{name}'"
