"""Read tables from CSV files, workbooks and Parquet files."""

from __future__ import annotations

import errno
import os
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.layout import odd_layout
from cellcolony.tasks.packed import DAMAGE, open_table
from cellcolony.tasks.parquet import read_parquet, unreadable
from cellcolony.tasks.tables import CsvFormat, Table, refused_names
from cellcolony.tasks.workbook import is_workbook, read_workbook, separator

LONGEST_LINE = 16 << 20
"""Bytes of a line: a line without end would have to be read whole before anything can be said."""


def load_table(path: str | os.PathLike[str], format: CsvFormat = CsvFormat()) -> Table:
    """Return the rows of one CSV file, workbook, or Parquet file, which ends in `.parquet`.

    Raises:
        DataError: The file cannot be read as a table.
    """
    findings = Findings()
    table = read_table(Path(path), format, findings)
    findings.raise_if_any()
    assert table is not None
    return table


def read_table(path: Path, format: CsvFormat, findings: Findings) -> Table | None:
    """Return the rows of one file, or None with the reason among the findings."""
    name = str(path)
    try:
        is_sheet = is_workbook(path)
        if is_sheet and not _check_sheets(path, findings):
            return None
        _check_lines(path)
    except DAMAGE as error:
        findings.add(unreadable(name, error))
        return None
    if is_sheet:  # as it is written out
        format = replace(format, sep=separator(format.decimal), encoding="utf-8")
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, findings)
    options: dict[str, Any] = {
        "sep": format.sep,
        "encoding": format.encoding,
        "skiprows": [line - 1 for line in format.skip],
    }
    try:
        with warnings.catch_warnings(), open_table(path, format.decimal) as file:
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # each cell is checked later
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            if (odd := odd_layout(path, format)) is not None:
                findings.add(odd)
                return None
            with open_table(path, format.decimal) as once:
                first = pd.read_csv(
                    once, header=None, nrows=1, dtype=str, na_filter=False, **options
                )
            header = [str(field) or f"Unnamed: {i}" for i, field in enumerate(first.iloc[0])]
            if not format.header:
                header = [str(i) for i in range(1, len(header) + 1)]
            if refused_names(name, header, findings, "" if is_sheet else format.sep):
                return None
            frame = pd.read_csv(
                file,
                header=0 if format.header else None,
                names=header,
                index_col=False,
                skip_blank_lines=len(header) > 1,  # in one column, a blank is a missing value
                decimal=format.decimal,
                na_values=list(format.na),
                **options,
            )
    except UnicodeError:
        findings.add(_wrong_encoding(path, format.encoding))
    except pd.errors.EmptyDataError:
        findings.add(Finding(name, "is empty", "Give a file with a header and rows."))
    except pd.errors.ParserWarning:
        what = "has rows with more fields than its header"
        findings.add(Finding(name, what, "Name each column; see `--sep` and `--decimal`."))
    except pd.errors.ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        findings.add(Finding(name, f"is not a table: {reason}", "Mend that line, or see `--sep`."))
    except DAMAGE as error:
        findings.add(unreadable(name, error))
    else:
        if len(frame) == 0:
            findings.add(Finding(name, "has a header and no rows", "Give a file that has some."))
        else:
            return Table(name, _without_empty_end(name, frame, findings), path, format)
    return None


def _check_sheets(path: Path, findings: Findings) -> bool:
    """Say whether it is plain which sheet of a workbook is meant; the first is read then."""
    try:
        sheets = read_workbook(path).sheets
    except ImportError:
        cure = "Install it: pip install 'cellcolony[xlsx]'. Or save its sheet as CSV."
        findings.add(Finding(str(path), "cannot be read without python-calamine", cure))
        return False
    if not sheets:
        findings.add(Finding(str(path), "has no sheet with cells", "Give a file with rows."))
        return False
    first, *others = sheets
    largest = max(others, key=lambda one: one.n_cells, default=first)
    if largest.n_cells > first.n_cells:
        what = (
            f"has {len(sheets)} sheets: the first, {shown(first.name)}, would be read, and "
            f"{shown(largest.name)} has more cells"
        )
        cure = "Move the sheet that is meant to the front, or save it as CSV."
        findings.add(Finding(str(path), what, cure))
        return False
    if others:
        what = f"its sheet {shown(first.name)} is read, the first of {len(sheets)}"
        findings.remark(str(path), what)
    return True


def _without_empty_end(name: str, frame: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return a frame without the rows at its end in which every field is missing."""
    if frame.shape[1] < 2:
        return frame
    filled = frame.notna().any(axis=1).to_numpy(bool)
    n = int(filled[::-1].argmax()) if filled.any() else 0
    if n:
        records = "an empty record" if n == 1 else f"{n:,} empty records"
        findings.remark(name, f"{records} at its end {'is' if n == 1 else 'are'} left out")
    return frame.iloc[: len(frame) - n]


def _check_lines(path: Path) -> None:
    """Check that a file is a regular one, and that its first two lines end.

    Raises:
        OSError: It is none, or they do not.
    """
    with open_table(path) as file:
        if path.suffix.lower() != ".parquet":
            for line in (1, 2):
                if len(file.readline(LONGEST_LINE)) == LONGEST_LINE:
                    what = f"line {line} has {LONGEST_LINE:,} bytes or more"
                    raise OSError(errno.EFBIG, what, str(path))


def _wrong_encoding(path: Path, encoding: str) -> Finding:
    cure = "Say which it is with `--encoding`, for instance latin-1, cp1252 or utf-16."
    with open_table(path) as file:
        for line, raw in enumerate(file, start=1):
            try:
                raw.decode(encoding)
            except UnicodeDecodeError as error:
                what = f"holds the byte 0x{raw[error.start]:02x}, which is not {encoding}"
                return Finding(str(path), what, cure, line=line)
            except UnicodeError:
                break
    return Finding(str(path), f"is not written in {encoding}", cure)
