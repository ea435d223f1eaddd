"""One file's used columns as numbers, every cell checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellcolony.tasks.columns import Columns
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.gaps import fill_gaps
from cellcolony.tasks.notation import WHAT as WRITTEN
from cellcolony.tasks.notation import cure_of, notation_of
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import Clock
from cellcolony.wording import names

LARGEST = float(np.finfo(np.float32).max)
"""Networks compute in float32."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A series in its own units, without a gap; read-only.

    Attributes:
        name: The file or frame that it comes from.
        columns: The names of the inputs and targets.
        values: For each used column `(rows,) float64`, in its own unit.
        was_missing: For each column with filled values `(rows,) bool`, which they are.
        fill: How they were filled.
        times: The time of each row as it is written, `(rows,)`; None where no column tells it.
        series: What tells it from other series of its file; None where the file is one series.
    """

    name: str
    columns: Columns
    values: Mapping[str, NDArray[np.float64]]
    was_missing: Mapping[str, NDArray[np.bool_]]
    fill: str | None = None
    times: pd.Series | None = None
    series: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values[self.columns.targets[0]])

    @cached_property
    def targets(self) -> NDArray[np.float64]:
        """The targets, `(rows, n_targets) float64`."""
        targets = np.stack([self.values[name] for name in self.columns.targets], 1)
        targets.flags.writeable = False
        return targets

    @cached_property
    def fingerprint(self) -> str:
        """A hash (SHA-256) of the values, to say which of several files has changed."""
        digest = hashlib.sha256()
        for column in self.values.values():
            digest.update(column.astype("<f8").tobytes())
        return digest.hexdigest()

    def is_honest(self, horizon: int, first: int | None = None) -> NDArray[np.bool_]:
        """Say which rows may be trained on and scored, `(rows - horizon,) bool`.

        Not those one of whose targets was filled, nor those that were themselves interpolated: they
        know the future.

        Args:
            horizon: How far ahead a target lies, in rows.
            first: How far ahead the first of several lies; None for one.
        """
        n_steps = max(self.n_rows - horizon, 0)
        honest = np.ones(n_steps, bool)
        for name, was_missing in self.was_missing.items():
            if name in self.columns.targets:
                for step in range(horizon if first is None else first, horizon + 1):
                    honest &= ~was_missing[step : step + n_steps]
            if self.fill == "interpolate":
                honest &= ~was_missing[:n_steps]
        return honest


class _Fault(NamedTuple):
    """The fields of one column that have the same fault."""

    column: str
    kind: str
    first_row: int
    n_fields: int


WHAT = {
    "text": "holds {}, which is no number",
    "infinite": "holds {}, which is infinite or beyond float32",
    "missing": "holds {}, a missing value",
    "unfilled": "holds {}, a missing value, and `--fill` finds nothing to fill it from",
}
CURE = {
    "text": "Mend it, see `--decimal`, or name it with `--na` if it stands for a missing value",
    "infinite": "Mend it, or name it with `--na` if it stands for a missing value",
    "missing": "Fill it with `--fill previous`",
    "unfilled": "Cut such rows off at the file's ends",
}


def record(
    table: Table,
    columns: Columns,
    fill: str | None,
    findings: Findings,
    is_new: bool = False,
    clock: Clock | None = None,
) -> Recording:
    """Turn the used columns of a table into numbers.

    Args:
        table: The rows; it has every used column.
        columns: Which columns are used.
        fill: "previous", "interpolate", or None to refuse missing values.
        findings: Takes in text, infinities, values beyond float32, and missing values that stay;
            one finding for each column and kind, at the place of the first.
        is_new: Whether these are new data for a trained network, whose columns are settled.
        clock: Where the times stand, if a column tells them.
    """
    values: dict[str, NDArray[np.float64]] = {}
    was_missing: dict[str, NDArray[np.bool_]] = {}
    faults: list[_Fault] = []
    for name in columns.used:
        column = table.numbers(name)  # the table's own memory
        if not (column.min() >= -LARGEST and column.max() <= LARGEST):  # NaN fails too
            missing = table.column(name).isna().to_numpy(bool)
            faulty = {
                "text": np.isnan(column) & ~missing,
                "infinite": np.abs(column) > LARGEST,
                "missing": missing,
            }
            if fill is not None and missing.any():
                was_missing[name] = faulty.pop("missing")
                column = fill_gaps(column, fill)
                faulty["unfilled"] = np.isnan(column) & missing
            faults += [
                _Fault(name, kind, int(where.argmax()), int(where.sum()))
                for kind, where in faulty.items()
                if where.any()
            ]
        values[name] = column.view()
        values[name].flags.writeable = False
    _report(table, faults, columns, is_new, findings)
    times = None if clock is None else clock.written_in(table)
    series = None if table.series is None else str(table.series)
    return Recording(table.name, columns, values, was_missing, fill, times, series)


def _report(
    table: Table,
    faults: list[_Fault],
    columns: Columns,
    is_new: bool,
    findings: Findings,
) -> None:
    places = table.locate(fault.first_row for fault in faults)
    known = list(table.frame.columns)
    for fault in faults:
        line, fields = places[fault.first_row]
        position = known.index(fault.column)
        value = fields[position] if position < len(fields) else ""
        is_nothing = value is pd.NA or (isinstance(value, str) and value == "")
        what = WHAT[fault.kind].format("nothing" if is_nothing else shown(value))
        if fault.n_fields > 1:
            what += f" (as do {fault.n_fields - 1:,} more rows)"
        cure = "Mend it: the network needs this column" if is_new else CURE[fault.kind]
        if fault.kind == "text":
            cells, format = table.column(fault.column), table.format
            notation = notation_of(cells, format.sep, format.decimal, format.thousands)
            words = _words(table, fault.column)
            if notation is not None:
                what = what.replace("which is no number", WRITTEN[notation.kind])
                cure = cure if is_new else cure_of(notation, format.sep, format.decimal)
            elif len(words) > 1:
                what += f"; in all there are {names(words)}"
        if not is_new and fault.column not in columns.targets:
            cure += "; or leave the column out with `--ignore`"
        findings.add(Finding(table.name, what, f"{cure}.", line, fault.column, table.unit))


def _words(table: Table, column: str) -> list[str]:
    """Return the different texts in a column of numbers, the most frequent first."""
    cells = table.column(column)
    texts = cells.loc[cells.notna().to_numpy(bool) & np.isnan(table.numbers(column))]
    return [str(text) for text in texts.value_counts().index]
