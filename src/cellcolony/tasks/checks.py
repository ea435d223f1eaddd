"""Everything that a task's tables must fulfil together; all faults are reported at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
from pandas.api.types import is_numeric_dtype

from cellcolony.tasks.calendar import calendar_of
from cellcolony.tasks.columns import (
    Columns,
    check_anywhere,
    check_columns,
    check_same_columns,
    choose_columns,
)
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.lags import LagMenu
from cellcolony.tasks.oddities import ask_about_far_values
from cellcolony.tasks.readings import Switch, Unit, find_readings, read_as
from cellcolony.tasks.recording import Recording, record
from cellcolony.tasks.reshaping import at_regular_times, each_series
from cellcolony.tasks.scaling import Blocks, is_constant
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.splits import SPLITS, Splits, check_enough_rows, cut, fewest_rows
from cellcolony.tasks.tables import Table
from cellcolony.tasks.timeline import Step, Timing, look_for_times, same_step, step_of
from cellcolony.tasks.times import Clock


class Checked(NamedTuple):
    """Data without a fault.

    Attributes:
        recordings: The files as numbers: training first, then validation, then test.
        splits: Which rows belong to which split.
        columns: Which columns are used.
        timing: The times of the rows; None where no column tells them.
        lags: How many earlier rows rivals may read.
        readings: How columns of texts are read as numbers.
        remarks: What a user should know of the data, although it is no fault.
    """

    recordings: tuple[Recording, ...]
    splits: Splits
    columns: Columns
    timing: Timing | None
    lags: LagMenu
    readings: tuple[Unit | Switch, ...] = ()
    remarks: tuple[str, ...] = ()


def check_tables(
    tables: Mapping[str, Sequence[Table]], settings: ForecastSettings, findings: Findings
) -> Checked:
    """Choose the columns, turn them into numbers and cut the splits.

    Args:
        tables: The tables of each split that could be read.
        settings: What the user asked for.
        findings: What was found while reading.

    Raises:
        DataError: With these findings and all that are added here.
    """
    all_were_read, lags = not findings, LagMenu()
    if tables["train"]:
        settings = settings.among([str(name) for name in tables["train"][0].frame.columns])
    clock = settings.times
    if clock is not None and tables["train"] and clock.is_in(tables["train"][0]):
        clock = clock.resolved(tables["train"][0])  # new data are read in the same order
    n_before = len(findings)
    readings = find_readings(tables["train"], settings.may_use, findings)
    tables = {
        split: [read_as(table, readings, findings) for table in tables[split]] for split in SPLITS
    }
    tables = {split: _reshaped(tables[split], settings, clock, findings) for split in SPLITS}
    if len(findings) > n_before:  # what else could be found would only follow from that
        findings.raise_if_any()
    if settings.skip_short:
        tables = _long_enough(tables, settings, findings)
    if not tables["train"]:
        findings.raise_if_any()
    everything = [table for split in SPLITS for table in tables[split]]
    first = tables["train"][0]
    columns = choose_columns(tables["train"], settings, findings)
    read_from = clock
    if settings.every is not None and clock is not None:
        clock = replace(clock, clock=None)  # regular times stand in one column
    wanted = columns.used if clock is None else (*columns.used, *clock.columns)
    named = () if settings.series is None else (settings.series,)
    check_anywhere(everything, (*wanted, *named, *settings.ignore), findings)
    n_rows = {split: [len(table.frame) for table in tables[split]] for split in SPLITS}
    splits = cut(n_rows, settings.holds_out_test)
    for table in everything:
        if settings.inputs is None:
            check_same_columns(table, first, settings.ignore, findings)
    complete = [
        table for table in everything
        if check_columns(table, wanted, findings, tables=everything)
    ]  # fmt: skip
    step = None
    if clock is None:
        look_for_times(tables["train"], settings.ignore, findings)
    elif clock.is_in(first):
        step = _common_step(everything, clock, findings)
    if settings.calendar and clock is not None and step is not None:
        n_trained = max(piece.stop for piece in splits["train"])
        taken = first.frame.columns
        calendar = calendar_of(clock, step, n_trained, settings.horizon, taken)
        if calendar is not None:
            inputs = (*columns.inputs, *calendar.columns)
            columns = replace(columns, inputs=inputs, calendar=calendar)
            complete = [calendar.added_to(table, findings) for table in complete]
            findings.raise_if_any()
    for table in complete:
        asked = [name for name in columns.used if name in table.frame.columns]
        ask_about_far_values(table, asked, settings.meant, findings)
    recordings = [
        record(table, columns, settings.fill, findings, clock=clock) for table in complete
    ]
    if all_were_read:
        names = [table.name for table in everything]
        check_enough_rows(splits, names, settings.horizon, findings, settings.first)
        if len(recordings) == len(everything):
            _check_constant(recordings, splits, findings)
            _check_copies(recordings, splits, findings)
            if not findings:
                lags = _lags(recordings, splits, settings.horizon)
            if settings.fill is not None:
                _check_filled(recordings, splits, settings, lags.history, findings)
    findings.raise_if_any()
    timing = None if clock is None or step is None else Timing(clock, step)
    if timing is not None and settings.every is not None and read_from is not None:
        timing = replace(timing, clock=read_from, every=settings.every)
    remarks = tuple(dict.fromkeys(findings.remarks))
    return Checked(tuple(recordings), splits, columns, timing, lags, readings, remarks)


def _reshaped(
    tables: Sequence[Table], settings: ForecastSettings, clock: Clock | None, findings: Findings
) -> list[Table]:
    """Return one table for each series, with rows at regular times where that is asked for."""
    found = list(tables)
    if settings.series is not None:
        found = [one for table in found for one in each_series(table, settings.series, findings)]
    if settings.every is None or clock is None:
        return found

    for table in found:  # before they are lost in means
        numbers = [
            name for name in map(str, table.frame.columns)
            if settings.may_use(name) and is_numeric_dtype(table.column(name))
        ]  # fmt: skip
        ask_about_far_values(table, numbers, settings.meant, findings)
    return [
        at_regular_times(table, clock, settings.every, settings.may_use, findings)
        for table in found
    ]


def _long_enough(
    tables: Mapping[str, Sequence[Table]], settings: ForecastSettings, findings: Findings
) -> dict[str, list[Table]]:
    """Return the tables that are long enough; all of a split where none is."""
    parts = sum(not tables[split] for split in ("valid", "test"))
    if tables["valid"] and not settings.holds_out_test:
        parts = 0
    kept = {}
    for split, some in tables.items():
        fewest = fewest_rows(settings.horizon, parts if split == "train" else 0, settings.first)
        enough = [table for table in some if len(table.frame) >= fewest]
        kept[split] = enough or list(some)
        for table in some if enough else ():
            if len(table.frame) < fewest:
                rows = f"{len(table.frame)} rows, and {fewest} are needed"
                findings.remark(table.name, f"left out: it has {rows}")
    return kept


def training_rows(recordings: Sequence[Recording], splits: Splits, column: str) -> Blocks:
    """Return a column's training rows, `(rows,) float64` for each training file."""
    return [recordings[piece.recording].values[column][: piece.stop] for piece in splits["train"]]


def _lags(recordings: Sequence[Recording], splits: Splits, horizon: int) -> LagMenu:
    targets = [training_rows(recordings, splits, name) for name in recordings[0].columns.targets]
    stops = [piece.stop for split in SPLITS for piece in splits[split]]
    return LagMenu.of(targets, min(stops) - horizon)


def _check_constant(recordings: Sequence[Recording], splits: Splits, findings: Findings) -> None:
    columns = recordings[0].columns
    for name in columns.used:
        blocks = training_rows(recordings, splits, name)
        if is_constant(blocks):
            what = f"holds {shown(float(blocks[0][0]))} in every training row"
            cure = "It has nothing to tell: leave it out with `--ignore`."
            if name in columns.targets:
                cure = "There is nothing to predict: name another `--target`."
            findings.add(Finding("", what, cure, column=name))


def _check_copies(recordings: Sequence[Recording], splits: Splits, findings: Findings) -> None:
    """Find files of different splits that hold the same rows."""
    owner = {p.recording: split for split in reversed(SPLITS) for p in splits[split]}
    for (i, a), (j, b) in combinations(enumerate(recordings), 2):
        if owner[i] != owner[j] and _are_equal(a, b):
            what = f"holds the same rows as {a.name}, which is in another split"
            cure = "A score on rows that were trained on says nothing: leave one out."
            findings.add(Finding(b.name, what, cure))


def _are_equal(a: Recording, b: Recording) -> bool:
    return a.n_rows == b.n_rows and all(
        np.array_equal(a.values[name][rows], b.values[name][rows])
        for rows in (slice(8), slice(None))  # most differ in their first rows
        for name in a.values
        if a.columns.calendar is None or name not in a.columns.calendar.columns
    )


def _check_filled(
    recordings: Sequence[Recording], splits: Splits, settings: ForecastSettings, history: int,
    findings: Findings,
) -> None:  # fmt: skip
    """Find the splits in which filling left nothing to train on or score."""
    horizon, first = settings.horizon, settings.first
    for split, pieces in splits.items():
        n_rows = 0
        for piece in pieces:
            honest = recordings[piece.recording].is_honest(horizon, first)
            scored = piece.scored(horizon, history, first)
            n_rows += int((honest[: len(scored)] & scored).sum())
        if pieces and n_rows == 0:
            what = f"every row of the {split} split was filled; none is left to score"
            findings.add(Finding("", what, "Give more data, or leave columns out with `--ignore`."))


def _common_step(tables: Sequence[Table], clock: Clock, findings: Findings) -> Step | None:
    """Return the step of all tables; find the tables with another than the first."""
    first: tuple[str, Step] | None = None
    for table in tables:
        if not clock.is_in(table):
            continue
        if (step := step_of(table, clock, findings)) is None:
            continue
        if first is None:
            first = (table.name, step)
        elif not same_step(step, first[1]):
            what = f"has a step of {step.text}, where {first[0]} has {first[1].text}"
            cure = "Bring all files to one step."
            findings.add(Finding(table.name, what, cure, column=clock.column))
    return None if first is None else first[1]
