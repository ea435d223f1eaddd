"""Which columns are predicted, which are read, and which are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pandas.api.types import is_numeric_dtype

from cellcolony.errors import did_you_mean
from cellcolony.tasks.calendar import Calendar
from cellcolony.tasks.findings import LONGEST_SHOWN, Finding, Findings, shown
from cellcolony.tasks.notation import WHAT, cure_of, notation_of
from cellcolony.tasks.numbers import is_mostly_numbers
from cellcolony.tasks.oddities import counting, rises_always
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import looks_like_times, quoted


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
        findings: Takes in columns with two roles, columns that would be inputs but have no name or
            hold numbers in another notation; and remarks on those that are left out.
    """
    first = tables[0]
    known = [str(name) for name in first.frame.columns]
    targets, inputs = settings.targets, settings.inputs
    times = () if settings.times is None else settings.times.columns
    apart = times if settings.series is None else (*times, settings.series)
    for name in times:
        if name in settings.ignore:
            what, cure = "is both the time and ignored", "Drop `--time` to leave its times unread."
            findings.add(Finding(first.name, what, cure, column=name))
    for role, names in (("target", targets), ("input", inputs or ())):
        for name in names:
            if name in settings.ignore or name in times:
                other = "the time" if name in times else "ignored"
                what, cure = f"is both {role} and {other}", "Give it one role alone."
                findings.add(Finding(first.name, what, cure, column=name))
    if inputs is None:
        free = [name for name in known if name not in settings.ignore and name not in apart]
        inputs = tuple(
            name for name in free if name in targets or _is_input(tables, name, findings)
        )
    used = {*inputs, *targets, *apart}
    return Columns(
        inputs, targets, settings.time, tuple(name for name in known if name not in used)
    )


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
    """Say whether a column holds numbers that are no count of rows; what is doubtful is found."""
    having = [table for table in tables if name in table.frame.columns]
    first = having[0]
    format = first.format
    if not is_numeric_dtype(first.column(name)) and looks_like_times(first.column(name).dropna()):
        return False
    if not any(
        is_mostly_numbers(table.column(name), format.decimal, format.thousands) for table in having
    ):
        _leave_out_text(first, name, findings)
        return False
    if (count := counting(having, name)) is not None:
        what = (
            f"{shown(name)} {count}: it counts, and is left out; `--inputs` reads it all the same"
        )
        findings.remark(first.name, what)
        return False
    if all(rises_always(table.numbers(name)) for table in having):
        what = (
            f"{shown(name)} rises in every row, so that later rows leave what networks are "
            f"trained on: if it is a time or a count, `--ignore {quoted(name)}`"
        )
        findings.remark(first.name, what)
    if name.startswith("Unnamed: ") and first.path is not None:
        what = "has no name in the header; it may be a row number"
        cure = f"Name it, or leave it out with `--ignore '{name}'`."
        findings.add(Finding(first.name, what, cure, line=1, column=name))
    return True


def _leave_out_text(table: Table, name: str, findings: Findings) -> None:
    """Say that a column holds no numbers; where they are only written otherwise, find that."""
    cells, format = table.column(name), table.format
    notation = notation_of(cells, format.sep, format.decimal, format.thousands)
    if notation is not None and notation.kind != "unit":
        line, _ = table.locate([notation.row])[notation.row]
        what = f"holds {shown(str(cells.iloc[notation.row]))}, {WHAT[notation.kind]}"
        cure = f"{cure_of(notation, format.sep, format.decimal)}, or leave the column out"
        findings.add(Finding(table.name, what, f"{cure} with `--ignore`.", line, name, table.unit))
        return
    present = cells.dropna()
    if len(present) and not looks_like_times(present):
        kind = "a unit" if notation is not None else "text"
        findings.remark(
            table.name, f"{shown(name)} is left out: it holds {kind}, {shown(str(present.iloc[0]))}"
        )
