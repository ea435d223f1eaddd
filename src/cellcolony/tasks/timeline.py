"""The times of rows: increasing and equally spaced, or a finding that says what they are."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Gt, Lt
from numpy.typing import NDArray

from cellcolony.settings import settings
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import SPAN, Clock, Times, looks_like_times, quoted

TOLERANCE = 0.01
"""How far the steps of two files may differ, as a share: clocks jitter."""
REPEATS = 0.4
"""The share of steps of 0 beyond which a column is looked for that tells rows apart."""
JITTER = 0.2
"""How far one step may lie from the usual one, as a share of it."""
NANOSECONDS = 1e9
HOUR, DAY = 3600.0, 86_400.0
DAY_ALONE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
CLOCK_ALONE = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?"
BACKWARDS = 0.9
"""The share of steps that fall where the newest row comes first."""
CALENDAR_STEPS = {"M": "month", "Q": "quarter", "Y": "year", "A": "year"}
"""What pandas calls steps that the calendar makes uneven, by the first letter."""
PANDAS_STEP = re.compile(r"(\d*)(B(?=$)|B?([MQYA])[SE]?(?:-[A-Z]{3})?$)")


@settings
class Step:
    """The time from one row to the next.

    Attributes:
        amount: In seconds where the column holds dates, else in the column's own unit.
        text: The same for a reader.
        is_date: Whether the column holds dates.
        is_even: Whether it is always as long: a month is not.
    """

    amount: Annotated[float, Gt(0), Lt(1e30)]
    text: str
    is_date: bool = False
    is_even: bool = True


@settings
class Timing:
    """The times that a network was trained on.

    Attributes:
        clock: Where the times stand.
        step: From one row to the next.
        every: The span by which rows were made regular; None where they were.
    """

    clock: Clock
    step: Step
    every: Annotated[str, SPAN] | None = None

    @property
    def where(self) -> Clock:
        """Where the times stand in tables whose rows are as regular as those trained on."""
        return self.clock if self.every is None else replace(self.clock, clock=None)

    def check(self, table: Table, findings: Findings) -> None:
        """Find times of new data that do not rise by the same step; nothing where there are none.

        Args:
            table: New data.
            findings: Takes in what is wrong.
        """
        clock = self.where
        if not clock.is_in(table):
            return
        step = step_of(table, clock, findings, drop="mend the file")
        if step is not None and not same_step(step, self.step):
            what = f"has a step of {step.text}, and the network was trained on {self.step.text}"
            cure = "Give rows of that step; it forecasts nothing else."
            findings.add(Finding(table.name, what, cure, column=self.clock.column))


def step_of(
    table: Table, clock: Clock, findings: Findings, drop: str = "drop `--time`"
) -> Step | None:
    """Return the time from one row to the next; None where there is no such thing.

    Args:
        table: The rows; it has the clock's columns.
        clock: Where the times stand.
        findings: Takes in values that are no times, times that do not increase, and gaps; of each
            kind the first, with the number of others; and a remark where the clock jitters.
        drop: What else a user could do, for the cures.
    """
    times = clock.read(table)
    if not times.is_known.all():
        what = "holds {}, which is no time"
        cure = f"Mend it, or {drop}."
        if clock.zone is not None and times.is_date:
            what += f" in {clock.zone}"
        _add_first(table, clock, ~times.is_known, what, cure, findings)
        return None
    if found_doubt(table, clock, times, findings):
        return None
    steps = np.diff(times.ticks)  # (rows - 1,)
    if len(steps) == 0:
        return None
    if _found_disorder(table, clock, times, steps, drop, findings):
        return None
    usual = float(np.median(steps))
    step = Step(_amount(usual, times), _text(usual, times), times.is_date)
    away = np.abs(steps - usual)
    dates = times.dates if away.any() else None
    if dates is not None and (text := _calendar_step(dates)) is not None:
        return Step(step.amount, text, True, False)
    if not (away > JITTER * usual).any():
        if (away > TOLERANCE * usual).any():
            most = float(away.max()) / usual
            what = f"{shown(clock.column)} is {step.text} apart, give or take {100 * most:.1f} %"
            findings.remark(table.name, what)
        return step
    row = int((away > JITTER * usual).argmax())
    found = _text(float(steps[row]), times)
    what = f"holds {{}}, {found} after the row before, where the step is {step.text}"
    cure = f"Cut the file in two there, or {drop}."
    if times.is_date:
        cure = f"Let `--every` make the rows regular, cut the file in two there, or {drop}."
    _add_first(table, clock, np.append(False, away > JITTER * usual), what, cure, findings)
    return None


def found_doubt(table: Table, clock: Clock, times: Times, findings: Findings) -> bool:
    """Find dates whose day may come first or second; say whether they are such."""
    if times.is_doubtful:
        what = "may begin with the day or with the month"
        cure = "Say which: `--day-first` or `--no-day-first`."
        findings.add(Finding(table.name, what, cure, column=clock.column))
    return times.is_doubtful


def found_mixture(
    table: Table, clock: Clock, times: Times, drop: str, findings: Findings, is_named: bool = True
) -> bool:
    """Find times of several series, or half of a time; say whether they are such.

    Args:
        table: The rows.
        clock: Where the times stand.
        times: The times.
        drop: What else a user could do, for the cures.
        findings: Takes in one finding.
        is_named: Whether the user has named the column; else what may be no fault is left alone.
    """
    steps = np.diff(times.ticks)
    falls, repeats = steps < 0, steps == 0
    if not (falls | repeats).any():
        return False
    if both := _beside(table, clock):
        what = "does not rise from row to row, and another column holds what is missing"
        if is_named:
            findings.add(Finding(table.name, what, f"Give both: `{both}`.", column=clock.column))
        return is_named
    again = _starts_again(table, times, falls) if falls.any() else None
    if again is None and repeats.mean() > REPEATS and (column := _tells_apart(table, times)):
        what = "stands there several times: several series may stand in one file"
        cure = f"If so, say `--series {quoted(column)}`; or {drop}."
        findings.add(Finding(table.name, what, cure, column=clock.column))
        return True
    if again is None:
        return False
    n, column = again
    what = f"starts again {n:,} times: several series stand in one file"
    cure = f"Cut it into one file for each; or {drop}."
    if column:
        cure = f"Say `--series {quoted(column)}`; or {drop}."
    findings.add(Finding(table.name, what, cure, column=clock.column))
    return True


def _tells_apart(table: Table, times: Times) -> str:
    """Return the column of few values that tells rows of the same time apart, if there is one."""
    for name in table.frame.columns:
        cells = table.column(name)
        if 1 < cells.nunique() <= len(cells) / 4:
            pairs = pd.DataFrame({"time": times.ticks, "which": cells.to_numpy(object)})
            if not pairs.duplicated().any():
                return str(name)
    return ""


def same_step(one: Step, other: Step) -> bool:
    """Say whether two steps are as long, as far as clocks can tell."""
    if not one.is_even or not other.is_even:
        return one.text == other.text
    return abs(one.amount - other.amount) <= TOLERANCE * other.amount


def look_for_times(tables: Sequence[Table], ignore: Sequence[str], findings: Findings) -> None:
    """Say which column plainly holds times where none was named, and find those that fall.

    Args:
        tables: The training tables.
        ignore: Columns that are not looked at.
        findings: Takes in times that fall, and a remark on those that rise.
    """
    first = tables[0]
    for name in first.frame.columns:
        cells = first.column(name).dropna()
        if name in ignore or not len(cells) or pd.api.types.is_numeric_dtype(cells):
            continue
        if not looks_like_times(cells):
            continue
        clock = Clock(name)
        n_before = len(findings)
        for table in tables:
            if name in table.frame.columns:
                times = clock.read(table)
                if times.is_known.all() and not times.is_doubtful:
                    steps = np.diff(times.ticks)
                    drop = f"`--ignore {quoted(name)}`"
                    _found_disorder(table, clock, times, steps, drop, findings, is_named=False)
        if len(findings) == n_before:
            named = _beside(first, clock) or f"--time {quoted(name)}"
            what = f"{shown(name)} holds times; `{named}` checks and uses them"
            findings.remark(first.name, what)
        return


def _found_disorder(
    table: Table, clock: Clock, times: Times, steps: NDArray, drop: str, findings: Findings,
    is_named: bool = True,
) -> bool:  # fmt: skip
    """Find times that do not increase, as what they are; say whether there are any.

    Args:
        table: The rows.
        clock: Where the times stand.
        times: The times.
        steps: Their differences.
        drop: What else a user could do, for the cures.
        findings: Takes in one finding.
        is_named: Whether the user has named the column; else what may be no fault is left alone.
    """
    falls = steps < 0
    repeats = steps == 0
    if len(steps) and falls.mean() >= BACKWARDS:
        what = "falls from row to row: the newest comes first"
        findings.add(
            Finding(table.name, what, f"Sort the rows, the oldest first; or {drop}.",
                    column=clock.column)
        )  # fmt: skip
        return True
    if found_mixture(table, clock, times, drop, findings, is_named):
        return True
    if is_named and clock.zone is None and _changes_to_summer(times, steps):
        row = int((steps != np.median(steps)).argmax())
        what = "holds {}: daylight saving time begins or ends"
        cure = "Say where the clock stands, as with `--tz Europe/Berlin`; or write UTC."
        _add_at(table, clock, row + 1, what, 0, cure, findings)
        return True
    if not is_named or not (falls | repeats).any():
        return False
    what = "holds {}, which is not later than the row before"
    regular = "let `--every` make them regular, or " if times.is_date else "or "
    cure = f"Sort the rows, {regular}{drop}."
    _add_first(table, clock, np.append(False, falls | repeats), what, cure, findings)
    return True


def _beside(table: Table, clock: Clock) -> str:
    """Return the options for a column of dates and one of clocks, where a table has such a pair."""
    if clock.clock is not None:
        return ""
    form = _form(table.column(clock.column))
    if form not in (DAY_ALONE, CLOCK_ALONE):
        return ""
    for name in table.frame.columns:
        other = _form(table.column(name))
        if name != clock.column and other in (DAY_ALONE, CLOCK_ALONE) and other != form:
            pair = (clock.column, name) if form == DAY_ALONE else (name, clock.column)
            return " ".join(f"--time {quoted(one)}" for one in pair)
    return ""


def _form(cells: pd.Series) -> str:
    """Return which pattern the first cells of a column have, if any."""
    some = cells.dropna().iloc[:20]
    for pattern in (DAY_ALONE, CLOCK_ALONE):
        if len(some) and all(
            isinstance(cell, str) and re.fullmatch(pattern, cell.strip()) for cell in some
        ):
            return pattern
    return ""


def _starts_again(table: Table, times: Times, falls: NDArray[np.bool_]) -> tuple[int, str] | None:
    """Say whether a table holds several series, one after the other.

    Returns:
        How often the times start again, and the column that changes where they do, or nothing; None
        where they do not.
    """
    begins = np.append(0, np.flatnonzero(falls) + 1)
    ticks = times.ticks
    span = float(ticks.max()) - float(ticks.min())
    lengths = np.diff(np.append(begins, len(ticks)))
    near = np.abs(ticks[begins].astype(float) - float(ticks[0])) <= 0.1 * span
    if not near.all() or lengths.min() < 2:
        return None
    for name in table.frame.columns:
        cells = table.column(name)
        changes = np.flatnonzero((cells != cells.shift()).to_numpy(bool))
        if np.array_equal(changes, begins):
            return len(begins) - 1, str(name)
    return len(begins) - 1, ""


def _changes_to_summer(times: Times, steps: NDArray) -> bool:
    """Say whether the steps differ from the usual one by an hour alone, on Sundays."""
    if not times.is_date or times.dates is None:
        return False
    usual = float(np.median(steps))
    odd = np.flatnonzero(steps != usual)
    if not 0 < len(odd) <= 4 or usual > HOUR * NANOSECONDS:
        return False
    dates = times.dates.iloc[odd + 1]
    by_an_hour = np.abs(np.abs(steps[odd] - usual) - HOUR * NANOSECONDS) < NANOSECONDS
    on_time = (dates.dt.day_of_week == 6) & (dates.dt.hour <= 4)
    return bool(by_an_hour.all() and on_time.all())


def _calendar_step(dates: pd.Series) -> str | None:
    """Return the step of dates that the calendar makes uneven; None where it does not."""
    step = PANDAS_STEP.match(calendar_offset(dates))
    if step is None:
        return None
    what = CALENDAR_STEPS[step[3]] if step[3] else "business day"
    return f"{step[1]} {what}s" if step[1] else f"a {what}"


def calendar_offset(dates: pd.Series) -> str:
    """Return what pandas calls the step of dates; nothing where they have none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it will return an offset, which is read too
            offset = pd.infer_freq(pd.DatetimeIndex(dates.dt.tz_localize(None)))
    except (TypeError, ValueError):  # fewer than three dates, or some twice
        return ""
    return str(getattr(offset, "freqstr", offset or ""))


def _amount(ticks: float, times: Times) -> float:
    return ticks / NANOSECONDS if times.is_date else ticks


def _text(ticks: float, times: Times) -> str:
    if times.is_date:
        return str(pd.Timedelta(round(ticks), "ns")).removeprefix("0 days ")
    return f"{ticks:,.0f}" if ticks == round(ticks) else shown(ticks)


def _add_first(
    table: Table, clock: Clock, faulty: NDArray[np.bool_], what: str, cure: str, findings: Findings
) -> None:
    _add_at(table, clock, int(faulty.argmax()), what, int(faulty.sum()) - 1, cure, findings)


def _add_at(
    table: Table, clock: Clock, row: int, what: str, n_others: int, cure: str, findings: Findings
) -> None:
    line, _ = table.locate([row])[row]
    what = what.format(shown(str(clock.cells(table).iloc[row])))
    if n_others:
        what += f" (as do {n_others:,} more rows)"
    findings.add(Finding(table.name, what, cure, line, clock.column, table.unit))
