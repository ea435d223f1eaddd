"""Columns of texts that are read as numbers: a unit beside each number, or two words such as ON.

What a column of the training files is read as is kept with the transform, so that new data are read
in the same way, and another unit or a third word is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from cellcolony.settings import settings
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.notation import Written, split_unit
from cellcolony.tasks.numbers import to_numbers
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import MOST_LOOKED_AT, looks_like_times

SWITCHES = (
    ("on", "off"), ("yes", "no"), ("true", "false"), ("y", "n"), ("t", "f"),
    ("open", "closed"), ("opened", "closed"), ("open", "close"), ("high", "low"), ("up", "down"),
    ("enabled", "disabled"), ("active", "inactive"), ("running", "stopped"),
    ("ein", "aus"), ("an", "aus"), ("ja", "nein"), ("wahr", "falsch"), ("auf", "zu"),
    ("oui", "non"), ("vrai", "faux"), ("sí", "no"), ("si", "no"),
)  # fmt: skip
"""Words that stand for 1 and 0, in small letters."""
MOST_UNITS = 5
"""A column whose numbers end in more different ways holds names, and no measurements."""


@settings
class Unit:
    """A column in which every number has the same unit, which is dropped.

    Attributes:
        column: Its name.
        behind: What stands behind the number, "°C" for instance, without blanks around it.
        before: What stands before it, "$" for instance.
    """

    column: str
    behind: str = ""
    before: str = ""

    @property
    def written(self) -> str:
        """How its cells are written, a clause without a subject."""
        parts = []
        if self.before:
            parts.append(f"begins with {shown(self.before)}")
        if self.behind:
            parts.append(f"ends in {shown(self.behind)}")
        return " and ".join(parts)

    @property
    def said(self) -> str:
        """How it is read, as a clause."""
        return f"every cell {self.written}"

    def read(self, cells: pd.Series, table: Table) -> tuple[pd.Series, NDArray[np.bool_]]:
        """Return the cells as numbers, texts that are none as they are, and which are refused.

        Args:
            cells: The column.
            table: Where it stands, for the notation of its numbers.
        """
        written = [_written(cell) for cell in cells.to_numpy(object)]
        own = np.array([self._has(one) for one in written], bool)
        other = np.array([one is not None for one in written], bool) & ~own
        without = pd.Series(
            [one.number if has and one is not None else cell
             for cell, one, has in zip(cells.to_numpy(object), written, own, strict=True)],
            cells.index, object,
        )  # fmt: skip
        numbers = to_numbers(without, table.format.decimal, table.format.thousands)
        return _column(numbers, without), other

    def _has(self, written: Written | None) -> bool:
        return written is not None and (written.before, written.behind) == (
            self.before,
            self.behind,
        )


@settings
class Switch:
    """A column of two words that stand for 1 and 0; capital and small letters are the same.

    Attributes:
        column: Its name.
        one: The word for 1.
        zero: The word for 0.
    """

    column: str
    one: str
    zero: str

    @property
    def said(self) -> str:
        """How it is read, as a clause."""
        return f"1 for {shown(self.one)}, 0 for {shown(self.zero)}"

    def read(self, cells: pd.Series, table: Table) -> tuple[pd.Series, NDArray[np.bool_]]:
        """Return the cells as 1 and 0, and which are refused; the numbers 1 and 0 are not."""
        numbers = {self.one.casefold(): 1.0, self.zero.casefold(): 0.0}
        values = np.array([_switched(cell, numbers) for cell in cells.to_numpy(object)], float)
        refused = np.isnan(values) & ~cells.isna().to_numpy(bool)
        return _column(values, cells), refused


def find_readings(
    tables: Sequence[Table], may_use: Callable[[str], bool], findings: Findings
) -> tuple[Unit | Switch, ...]:
    """Return how columns of texts are read as numbers, where that is plain.

    Args:
        tables: The training tables.
        may_use: Says of a column whether it may be an input or a target.
        findings: Takes in a remark on each such column.
    """
    names = dict.fromkeys(str(name) for table in tables for name in table.frame.columns)
    found = []
    for name in filter(may_use, names):
        having = [table for table in tables if name in table.frame.columns]
        columns = [table.column(name).dropna() for table in having]
        reading = _switch_of(name, columns) or _unit_of(name, columns)
        if reading is not None:
            found.append(reading)
            findings.remark(having[0].name, f"{shown(name)} is read as numbers: {reading.said}")
    return tuple(found)


def read_as(
    table: Table, readings: Iterable[Unit | Switch], findings: Findings, is_new: bool = False
) -> Table:
    """Return a table in which columns of texts are numbers.

    Args:
        table: The rows as they were read.
        readings: How columns are read; those that the table lacks are not.
        findings: Takes in the first cell of each column that has another unit, or a third word.
        is_new: Whether these are new data for a trained network, whose columns are settled.
    """
    frame = None
    for reading in readings:
        if reading.column not in table.frame.columns:
            continue
        cells, refused = reading.read(table.column(reading.column), table)
        if refused.any():
            _refuse(table, reading, refused, is_new, findings)
        frame = table.frame.copy(deep=False) if frame is None else frame
        frame[reading.column] = cells
    return table if frame is None else replace(table, frame=frame)


def _refuse(
    table: Table,
    reading: Unit | Switch,
    refused: NDArray[np.bool_],
    is_new: bool,
    findings: Findings,
) -> None:
    row = int(refused.argmax())
    cell = table.column(reading.column).iloc[row]
    line, _ = table.locate([row])[row]
    what = f"holds {shown(cell)}"
    if (n := int(refused.sum())) > 1:
        what += f" (as do {n - 1:,} more rows)"
    if isinstance(reading, Unit):
        others = "every cell of the training rows" if is_new else "the rest of the column"
        what += f", where {others} {reading.written}"
        cure = "Bring all cells to that unit, and write it in each."
    else:
        what += f", and the column is read as {reading.said}"
        cure = "Mend it, or name it with `--na` if it stands for a missing value."
    if not is_new:
        cure = cure.removesuffix(".") + "; or leave the column out with `--ignore`."
    findings.add(Finding(table.name, what, cure, line, reading.column, table.unit))


def _switch_of(name: str, columns: Sequence[pd.Series]) -> Switch | None:
    """Return the two words of a column; None where it holds anything else."""
    words: dict[str, str] = {}
    for cells in columns:
        if not is_bool_dtype(cells) and not _may_hold_text(cells):
            return None
        for cell in cells.unique():
            if not isinstance(cell, str | bool | np.bool_):
                return None
            text = str(cell).strip()
            words.setdefault(text.casefold(), text)
            if len(words) > 2:
                return None
    for one, zero in SWITCHES:
        if {one, zero} == set(words):
            return Switch(name, words[one], words[zero])
    return None


def _unit_of(name: str, columns: Sequence[pd.Series]) -> Unit | None:
    """Return the unit that most numbers of a column have; None where it holds no such numbers."""
    kinds: Counter[tuple[str, str]] = Counter()
    n_cells = 0
    for cells in columns:
        if not _may_hold_text(cells):
            continue
        if not _mostly_units(cells.iloc[:MOST_LOOKED_AT]) or looks_like_times(cells):
            return None
        n_cells += len(cells)
        kinds.update(_kinds(cells))
    if not kinds or len(kinds) > MOST_UNITS or kinds.total() < 0.5 * n_cells:
        return None
    (before, behind), _ = kinds.most_common(1)[0]
    return Unit(name, behind, before)


def _mostly_units(cells: pd.Series) -> bool:
    return not len(cells) or sum(1 for _ in _kinds(cells)) >= 0.5 * len(cells)


def _kinds(cells: pd.Series) -> Iterator[tuple[str, str]]:
    """Yield what stands before and behind each number that has a unit."""
    for cell in cells.to_numpy(object):
        written = _written(cell)
        if written is not None and (written.before or written.behind):
            yield written.before, written.behind


def _may_hold_text(cells: pd.Series) -> bool:
    if is_numeric_dtype(cells):
        return False
    kinds = pd.StringDtype, pd.CategoricalDtype
    return cells.dtype == object or isinstance(cells.dtype, kinds)


def _column(numbers: NDArray[np.float64], cells: pd.Series) -> pd.Series:
    """Return numbers as a column in which cells that are none stay as they are."""
    unknown = np.isnan(numbers)
    if all(isinstance(cell, float) for cell in cells[unknown]):
        return pd.Series(numbers, cells.index)
    column = pd.Series(numbers, cells.index, object)
    return column.where(~unknown, cells)


def _written(cell: object) -> Written | None:
    """Return how a cell writes a number; None for one that is missing, or holds none."""
    if isinstance(cell, str):
        return split_unit(cell)
    if isinstance(cell, int | float | np.number) and cell == cell:  # no NaN
        return Written(str(cell))
    return None


def _switched(cell: object, numbers: dict[str, float]) -> float:
    if isinstance(cell, str):
        return numbers.get(cell.strip().casefold(), np.nan)
    if isinstance(cell, int | float | np.bool_ | np.number) and cell in (0, 1):
        return float(cell)
    return np.nan
