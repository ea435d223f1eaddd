"""Files and data frames as they were read, with the place of every row."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
import pandas as pd
from annotated_types import Ge, Le
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.settings import MOST, Before, Rule, settings
from cellcolony.tasks.encodings import Encoding
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.numbers import to_numbers
from cellcolony.tasks.packed import open_table

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_FIELD = 1 << 24
"""Characters."""
MOST_COLUMNS = 10_000
"""Of a table: a network reads tens of them, and each is checked against the target."""
OPTIONS = {";": "`--sep ';'`", "\t": "`--sep tab`", "|": "`--sep '|'`", ",": "`--sep ,`"}


def _tab(sep: object) -> object:
    return "\t" if sep in ("\\t", "tab") else sep


def _several(names: object) -> object:
    return (names,) if isinstance(names, str | int) else names


ONE_CHARACTER = Rule(lambda text: len(text) == 1, "be one character")


@settings
class CsvFormat:
    r"""How a CSV file is written.

    Attributes:
        sep: Stands between fields, one character; `\t` and `tab` may be spelled out.
        decimal: The decimal mark, one character.
        encoding: The text's encoding, by its Python name.
        na: What a missing value is written as, beside the empty field, NA, NaN, null and None.
        thousands: The mark between the thousands of a number, one character; None for none.
        skip: Lines of each file that are not read, from 1: a preamble, or units below the header.
        header: Whether the first line that is read holds names; without, columns are called by
            their numbers from 1.

    Raises:
        ConfigError: `sep`, `decimal` or `thousands` is not one character, `decimal` is one of the
            others, `sep` is a line break, or the encoding is not known.
    """

    sep: Annotated[str, Before(_tab), ONE_CHARACTER] = ","
    decimal: Annotated[str, ONE_CHARACTER] = "."
    encoding: Encoding = "utf-8"
    na: Annotated[tuple[str, ...], Before(_several)] = ()
    thousands: Annotated[str, ONE_CHARACTER] | None = None
    skip: Annotated[tuple[Annotated[int, Ge(1), Le(MOST)], ...], Before(_several)] = ()
    header: bool = True

    def __post_init__(self) -> None:
        if self.sep in ("\n", "\r"):
            raise ConfigError(f"`sep` must not end a line. Got {self.sep!r}.")
        if self.sep == self.decimal:
            raise ConfigError(f"`sep` and `decimal` must differ. Both are {self.sep!r}.")
        if self.thousands == self.decimal:
            raise ConfigError(f"`thousands` and `decimal` must differ. Both are {self.decimal!r}.")


@dataclass(frozen=True, eq=False)
class Table:
    """Rows as they were read, before any check of their cells.

    Attributes:
        name: What findings call it: the path, or which frame it is.
        frame: The rows; every column name is a string and stands once.
        path: The CSV file; None for a frame, and for a file whose rows have no lines.
        format: How the file is written.
        rows: `(rows,) int64`: which rows of the file these are; None for all of them.
        series: What the column that tells several series apart holds in them; None for all rows.
    """

    name: str
    frame: pd.DataFrame
    path: Path | None = None
    format: CsvFormat = CsvFormat()
    rows: NDArray[np.int64] | None = None
    series: object = None

    def column(self, name: str) -> pd.Series:
        """Return one column by name."""
        return cast(pd.Series, self.frame[name])

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return one column as numbers, `(rows,)`; NaN for a cell that is missing or text."""
        return to_numbers(self.column(name), self.format.decimal, self.format.thousands)

    def locate(self, rows: Iterable[int]) -> dict[int, tuple[int, list[Any]]]:
        """Return the line and the fields of some rows, for the messages that speak of them.

        A file is read once more, for only this way quoted line breaks and blank lines are counted
        and a missing value shows as it is written. A frame's rows are their own places.

        Args:
            rows: Row numbers from 0.

        Returns:
            For each row the line from 1 (the row from 0 in a frame) and its fields.
        """
        own = {row: row if self.rows is None else int(self.rows[row]) for row in rows}
        found = {was: (was, list(self.frame.iloc[row])) for row, was in own.items()}
        self._locate_in_file(found)
        return {row: found[was] for row, was in own.items()}

    def _locate_in_file(self, found: dict[int, tuple[int, list[Any]]]) -> None:
        """Write down the line and the fields of some rows of the file."""
        wanted = set(found)
        if self.path is None or not wanted:
            return
        skips_blanks = self.frame.shape[1] > 1
        row, last = (-2 if self.format.header else -1), max(wanted)
        for line, fields in _records(self.path, self.format):
            if line in self.format.skip:
                continue
            if _is_blank(fields, self.format.sep) and (skips_blanks or row == -2):
                continue
            row += 1  # the first is the header, row -1
            if row in wanted:
                found[row] = (line, _split(fields, self.format.sep))
            if row == last:
                break

    def of_rows(self, rows: NDArray[np.int64], name: str) -> Table:
        """Return some rows as a table, which knows their places."""
        places = rows if self.rows is None else self.rows[rows]
        frame = self.frame.iloc[rows]
        return replace(self, name=name, frame=frame.reset_index(drop=True), rows=places)

    @property
    def unit(self) -> str:
        """What a row is called in a finding."""
        return "row" if self.path is None else "line"


def table_of(frame: pd.DataFrame, name: str, findings: Findings) -> Table | None:
    """Return a frame as a table, or None with the reason among the findings."""
    if not isinstance(frame, pd.DataFrame):
        raise ConfigError(f"The {name} must be a pandas DataFrame. Got {type(frame).__name__}.")
    names = [str(column) for column in frame.columns]
    if refused_names(name, names, findings):
        return None
    if len(frame) == 0:
        findings.add(Finding(name, "has no rows", "Give a frame that has some."))
        return None
    return Table(name, frame.set_axis(names, axis=1).reset_index(drop=True).copy())


def refused_names(name: str, header: list[str], findings: Findings, sep: str = "") -> bool:
    """Say whether the names of columns cannot be used; the reason is then among the findings."""
    if len(header) == 1 and sep:
        for other in SEPARATORS:
            if other in header[0] and other != sep:
                what = f"holds one column, {shown(header[0])}, which looks like several"
                cure = f"If {SEPARATORS[other]} separate its fields, say {OPTIONS[other]}."
                findings.add(Finding(name, what, cure, line=1))
                return True
    if len(header) > MOST_COLUMNS:
        what = f"has {len(header):,} columns, and may have {MOST_COLUMNS:,}"
        cure = (
            "Keep those in it that the target may depend on; or have rows and columns been swapped?"
        )
        findings.add(Finding(name, what, cure))
        return True
    twice = sorted(column for column, n in Counter(header).items() if n > 1)
    for column in twice:
        what = f"stands {header.count(column)} times in the header"
        cure = "Give each column a name of its own."
        findings.add(Finding(name, what, cure, 1 if sep else None, column))
    return bool(twice)


def _records(path: Path, format: CsvFormat) -> Iterator[tuple[int, str | list[str]]]:
    """Yield each record's first line and its fields; not yet split where nothing is quoted.

    Splitting a million records would take longer than it took to read the file.
    """
    encoding = "utf-8-sig" if codecs.lookup(format.encoding).name == "utf-8" else format.encoding
    with (
        open_table(path, format.decimal) as raw,
        io.TextIOWrapper(raw, encoding, newline="") as file,
    ):
        if not any('"' in text for text in file):
            file.seek(0)
            yield from enumerate(file, start=1)
            return
        file.seek(0)
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
        reader, line = csv.reader(file, delimiter=format.sep), 1
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1


def _split(fields: str | list[str], sep: str) -> list[str]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))
    return next(csv.reader([fields], delimiter=sep), []) if isinstance(fields, str) else fields


def _is_blank(fields: str | list[str], sep: str) -> bool:
    text = fields if isinstance(fields, str) else sep.join(fields)
    return sep not in text and not text.strip()
