"""The first sheet of a workbook, as the text of a CSV file with a line for each of its rows.

All that is known of CSV files then holds of sheets: preambles, units below the header, the places
that findings name. Python-calamine, which reads workbooks, is an extra.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cellcolony.store.foreign import open_regular

Cell = int | float | str | bool | dt.date | dt.time | dt.timedelta
INSIDE = ("xl/workbook.xml", "content.xml")
"""In these a spreadsheet program keeps its cells."""
CELL = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")
"""The place of a cell in the XML of a sheet."""
MOST_CELLS = 50_000_000
"""A sheet is made as large as its last row and column: one stray cell may ask for terabytes."""
MOST_BYTES = 1 << 30
"""Of a sheet, unpacked: XML takes some 50 for each cell that is filled."""
EXACT = 2.0**53
"""Whole numbers below it are exact as float64, in which spreadsheet programs keep them."""
FILLED = 0.5
"""A header has more than this share of its cells, where a preamble stands above it."""


class Sheet(NamedTuple):
    """A sheet with its size.

    Attributes:
        name: What it is called.
        n_cells: Rows times columns.
    """

    name: str
    n_cells: int


class Workbook(NamedTuple):
    """A workbook, read.

    Attributes:
        sheets: The sheets that are shown and not empty, in their order.
        rows: Those of the first, each as wide as the widest; an empty cell is an empty text.
    """

    sheets: tuple[Sheet, ...]
    rows: Sequence[Sequence[Cell]]


def is_workbook(path: Path) -> bool:
    """Say whether a file is a workbook: a zip file with cells in it.

    Raises:
        OSError: It cannot be read.
    """
    with open_regular(path) as file:
        if file.read(4) != b"PK\x03\x04":
            return False
        try:
            with zipfile.ZipFile(file) as archive:
                return not set(INSIDE).isdisjoint(archive.namelist())
        except zipfile.BadZipFile:  # said where it is unpacked
            return False


def read_workbook(path: Path) -> Workbook:
    """Return the sheets of a workbook, and the rows of the first.

    Raises:
        OSError: It cannot be read, or is damaged.
        ImportError: Python-calamine is missing.
    """
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


def first_sheet(path: Path, decimal: str) -> bytes:
    """Return the first sheet as CSV in UTF-8, with `separator` between fields.

    Numbers have all their digits. Times are written as ISO 8601 has them, to the millisecond, as
    exact as spreadsheet programs keep them. A row without a cell is an empty line above the header.

    Args:
        path: The workbook.
        decimal: The decimal mark.

    Raises:
        OSError: It cannot be read, or is damaged.
        ImportError: Python-calamine is missing.
    """
    rows = read_workbook(path).rows
    columns = [_texts(column, decimal) for column in zip(*rows, strict=True) if _is_used(column)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator(decimal), lineterminator="\n")
    above = True
    for fields in zip(*columns, strict=True):
        above = above and sum(map(bool, fields)) <= FILLED * len(fields)
        if above and not any(fields):
            text.write("\n")
        else:
            writer.writerow(fields)
    return text.getvalue().encode()


def separator(decimal: str) -> str:
    """Return what stands between the fields of a sheet: no decimal mark."""
    return "\t" if decimal == "," else ","


@lru_cache(maxsize=1)  # a file is opened several times: for its first lines, its header, its rows
def _read(path: Path, _mtime: int, _size: int) -> Workbook:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with open_regular(path) as file:
        _check_extent(path, file)
        try:
            book = CalamineWorkbook.from_object(file)
            shown = [
                book.get_sheet_by_name(one.name) for one in book.sheets_metadata
                if (one.typ, one.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible)
            ]  # fmt: skip
            filled = [(one, one.end) for one in shown if one.end is not None]
            sheets = tuple(Sheet(one.name, (end[0] + 1) * (end[1] + 1)) for one, end in filled)
            rows = filled[0][0].to_python(skip_empty_area=False) if filled else ()
            return Workbook(sheets, rows)
        except CalamineError as error:
            raise OSError(errno.EINVAL, f"it is a damaged workbook: {error}", str(path)) from error


def _check_extent(path: Path, file: BinaryIO) -> None:
    """Check that no sheet reaches farther than its cells could fill.

    Raises:
        OSError: One does, or the file is damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            for sheet in archive.infolist():
                if not sheet.filename.startswith("xl/worksheets/"):
                    continue
                if sheet.file_size > MOST_BYTES:
                    what = f"a sheet unpacks to {sheet.file_size:,} bytes, more than are read"
                    raise OSError(errno.EFBIG, what, str(path))
                places = CELL.findall(archive.read(sheet))
                widest = max(((len(column), column) for column, _ in places), default=(0, b""))[1]
                last = max((int(row) for _, row in places), default=0)
                if last * _number_of(widest) > MOST_CELLS:
                    what = f"a sheet reaches to column {widest.decode()} and row {last:,}"
                    cure = "delete what stands far from the table"
                    raise OSError(errno.EFBIG, f"{what}: {cure}", str(path))
    except RuntimeError as error:  # as `zipfile` says that a file is encrypted or packed otherwise
        raise OSError(errno.EINVAL, f"the workbook cannot be read: {error}", str(path)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise OSError(errno.EINVAL, f"it is a damaged workbook: {error}", str(path)) from error
    file.seek(0)


def _number_of(column: bytes) -> int:
    """Return the number of a column by its letters: 1 for A, 27 for AA."""
    number = 0
    for letter in column:
        number = 26 * number + letter - ord("A") + 1
    return number


def _is_used(column: Sequence[Cell]) -> bool:
    return any(cell != "" for cell in column)


def _texts(column: Sequence[Cell], decimal: str) -> list[str]:
    has_clock = any(isinstance(cell, dt.datetime) for cell in column)
    return [_text(cell, decimal, has_clock) for cell in column]


def _text(cell: Cell, decimal: str, has_clock: bool) -> str:
    if isinstance(cell, str):
        return " ".join(cell.split("\n"))  # a row is a line
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, dt.date):  # midnight, in a column with other times
        return f"{cell} 00:00:00" if has_clock else str(cell)
    if isinstance(cell, bool | dt.time | dt.timedelta):
        return str(cell)
    whole = float(cell).is_integer() and abs(cell) < EXACT
    return str(int(cell)) if whole else repr(float(cell)).replace(".", decimal)
