"""Workbooks as spreadsheet programs write them, made by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
FORMS = {"general": 0, "time": 22, "date": 14, "clock": 20, "span": 46}
"""Forms of numbers by their ids in the standard."""


class Serial(NamedTuple):
    """A number that is shown as a time.

    Attributes:
        days: Since the end of 1899.
        form: One of `FORMS`.
    """

    days: float
    form: str = "time"


def write_workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], since_1904: bool = False,
    hidden: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Write a workbook of rows; None is a cell that is not there, "#..." an error."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"'
        + ' state="hidden"' * (name in hidden) + "/>"
        for i, name in zip(numbers, sheets, strict=True)
    )  # fmt: skip
    relations = "".join(_relation(f"r{i}", "worksheet", f"worksheets/{i}.xml") for i in numbers)
    styles = "".join(f'<xf numFmtId="{id}"/>' for id in FORMS.values())
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Override '
        f'PartName="/xl/workbook.xml" ContentType="{TYPE}"/></Types>',
        "_rels/.rels": _relations(_relation("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr '
        f'date1904="{int(since_1904)}"/><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            relations + _relation("rs", "styles", "styles.xml")
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{styles}</cellXfs></styleSheet>',
    }
    for i, rows in zip(numbers, sheets.values(), strict=True):
        parts[f"xl/worksheets/{i}.xml"] = _sheet(rows)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


def _sheet(rows: Sequence[Sequence[object]]) -> str:
    lines = "".join(
        f'<row r="{r}">'
        + "".join(_cell(value, f"{chr(64 + c)}{r}") for c, value in enumerate(row, 1))
        + "</row>"
        for r, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(value: object, at: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Serial):
        style = list(FORMS).index(value.form)
        return f'<c r="{at}" s="{style}"><v>{value.days!r}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str) and value.startswith("#"):
        return f'<c r="{at}" t="e"><v>{value}</v></c>'
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value!r}</v></c>'


def _relation(id: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def _relations(inside: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'
