"""Which columns are predicted, which are read, and which are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from cellcolony.errors import did_you_mean
from cellcolony.tasks.calendar import Calendar
from cellcolony.tasks.findings import LONGEST_SHOWN, Finding, Findings, shown
from cellcolony.tasks.numbers import is_mostly_numbers, to_numbers
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.tables import Table


@dataclass(frozen=True)
class Columns:
    """The columns of a task by name.

    Attributes:
        inputs: What a network reads, in the order of its input nodes.
        targets: What it predicts, in the order of its output nodes.
        time: The column that says when a row was taken, never an input; or None.
        left_out: The columns of the first training file that are not used.
        calendar: What is read from the column of times; its columns are among the inputs.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    time: str | None = None
    left_out: tuple[str, ...] = ()
    calendar: Calendar | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that must hold numbers: the inputs, then targets that are not inputs."""
        return self.inputs + tuple(name for name in self.targets if name not in self.inputs)


def choose_columns(
    tables: Sequence[Table], settings: ForecastSettings, findings: Findings
) -> Columns:
    """Decide which columns a task uses; whether each table has them is checked elsewhere.

    Args:
        tables: The training tables; the first gives the order of the columns.
        settings: What the user asked for. Without `inputs`, every column that holds numbers in any
            of the tables is read.
        findings: Takes in columns with two roles, and columns that would be inputs but have no
            name or hold numbers in another notation.
    """
    first = tables[0]
    known = [str(name) for name in first.frame.columns]
    targets, inputs, time = settings.targets, settings.inputs, settings.time
    for role, names in (("target", targets), ("input", inputs or ())):
        for name in names:
            if name in settings.ignore or name == time:
                other = "the time" if name == time else "ignored"
                what, cure = f"is both {role} and {other}", "Give it one role alone."
                findings.add(Finding(first.name, what, cure, column=name))
    if inputs is None:
        free = [name for name in known if name not in settings.ignore and name != time]
        inputs = tuple(
            name for name in free if name in targets or _is_input(tables, name, findings)
        )
    used = {*inputs, *targets, time}
    return Columns(inputs, targets, time, tuple(name for name in known if name not in used))


def check_anywhere(tables: Sequence[Table], names: Iterable[str], findings: Findings) -> None:
    """Find the names that are a column of no table, each once."""
    known = sorted({str(name) for table in tables for name in table.frame.columns})
    for name in names:
        if name not in known:
            hint = nearest(name, known)
            findings.add(Finding("", "is in no file", hint, column=name))


def check_columns(
    table: Table, wanted: Iterable[str], findings: Findings, tables: Sequence[Table] = ()
) -> bool:
    """Find the wanted columns that a table lacks.

    Args:
        table: Any table.
        wanted: The columns that it should have.
        findings: Takes in each that is missing.
        tables: All tables of the task, if `check_anywhere` speaks of what none of them has.

    Returns:
        Whether it has all of them.
    """
    known = [str(name) for name in table.frame.columns]
    missing = [name for name in wanted if name not in known]
    for name in missing:
        if not tables or any(name in other.frame.columns for other in tables):
            hint = nearest(name, known)
            findings.add(Finding(table.name, "is missing", hint, column=name))
    return not missing


def check_same_columns(
    table: Table, first: Table, ignore: tuple[str, ...], findings: Findings
) -> None:
    """Find the columns of a table that the first training table lacks: dropping them is no default.

    Args:
        table: Any table of the task.
        first: The table that the inputs were chosen from.
        ignore: Columns that the user leaves out.
        findings: Takes in each such column.
    """
    for name in table.frame.columns:
        if name not in first.frame.columns and name not in ignore:
            what = f"is not in {first.name}"
            cure = "Files must have the same columns: `--ignore` leaves it out."
            findings.add(Finding(table.name, what, cure, column=name))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence that tells the nearest known column, or all of them, each on one line."""
    printable = (
        column if column.isprintable() and len(column) <= LONGEST_SHOWN else shown(column)[1:-1]
        for column in known
    )
    return did_you_mean(name, printable).strip()


def _is_input(tables: Sequence[Table], name: str, findings: Findings) -> bool:
    """Say whether a column holds numbers; a doubtful one becomes a finding."""
    cells = [table.column(name) for table in tables if name in table.frame.columns]
    first = tables[0]
    decimal = first.format.decimal
    if any(is_mostly_numbers(column, decimal) for column in cells):
        if name.startswith("Unnamed: ") and first.path is not None:
            what = "has no name in the header; it may be a row number"
            cure = f"Name it, or leave it out with `--ignore '{name}'`."
            findings.add(Finding(first.name, what, cure, line=1, column=name))
        return True
    other = "," if decimal == "." else "."
    if is_mostly_numbers(cells[0], other):
        row = int((~pd.isna(to_numbers(cells[0], other))).argmax())
        line, _ = first.locate([row])[row]
        what = f"holds {shown(str(cells[0].iloc[row]))}, a number with another decimal mark"
        cure = f"Say `--decimal {other}`, or leave the column out with `--ignore`."
        findings.add(Finding(first.name, what, cure, line, name, first.unit))
    return False
