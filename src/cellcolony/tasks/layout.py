"""Lines at a file's beginning that are no rows: a preamble, units, or no header at all."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cellcolony.tasks.findings import Finding, shown
from cellcolony.tasks.notation import notation_of
from cellcolony.tasks.numbers import to_numbers
from cellcolony.tasks.packed import open_table
from cellcolony.tasks.tables import CsvFormat

MOST_LINES = 60
"""Lines that are looked at."""
LONGEST = 1 << 20
"""Characters of a line."""
MOST_SKIPPED = 30
MISSING = {"na", "n/a", "nan", "null", "none", "<na>", "#n/a"}
NUMBERS = 0.8
"""Such a share of a column must be numbers, or be missing, to expect them in every line."""


class Line(NamedTuple):
    """One line.

    Attributes:
        number: From 1.
        fields: Its fields.
    """

    number: int
    fields: list[str]


def odd_layout(path: Path, format: CsvFormat) -> Finding | None:
    """Return what is odd about a file's first lines; the cure has been tried on them.

    Args:
        path: The file.
        format: How it is written, as far as the user has said.

    Raises:
        OSError: It cannot be read.
        UnicodeError: It is written in another encoding.
    """
    lines = _first_lines(path, format)
    finding, cured = _oddity(path, lines, format)
    if finding is None or cured is None:
        return finding
    left = [line for line in lines if line.number not in cured.skip]
    if cured.sep != format.sep:
        left = [Line(one.number, _cut(format.sep.join(one.fields), cured.sep)) for one in left]
    return finding if _oddity(path, left, cured)[0] is None else None


def _oddity(
    path: Path, lines: Sequence[Line], format: CsvFormat
) -> tuple[Finding | None, CsvFormat | None]:
    """Return what is odd, and how the file is written by the cure."""
    if len(lines) < 4 or not format.header:
        return None, None
    first = lines[0]
    text = format.sep.join(first.fields).strip()
    if text.lower().startswith("sep=") and len(text) == 5:
        cure = (
            f"Say `--skip {first.number}" + f" --sep '{text[4]}'" * (text[4] != format.sep) + "`."
        )
        finding = Finding(str(path), f"begins with {shown(text)}", cure, first.number)
        return finding, replace(format, skip=(*format.skip, first.number), sep=text[4])
    usual = Counter(len(line.fields) for line in lines).most_common(1)[0][0]
    names = next((i for i, line in enumerate(lines) if _may_be_names(line, usual, format)), None)
    if names is None or names > MOST_SKIPPED:
        if len(first.fields) == usual and _numbers_of(first.fields, format).all():
            what = "holds numbers alone, as where a file has no header"
            finding = Finding(str(path), what, "Say `--no-header`, and call columns 1, 2 ...",
                              first.number)  # fmt: skip
            return finding, replace(format, header=False)
        return None, None
    below = [line for line in lines[names + 1 :] if len(line.fields) == usual]
    n_units = _n_lines_of_units(below, format)
    skipped = [*(line.number for line in lines[:names]), *(one.number for one in below[:n_units])]
    if not skipped:
        return None, None
    if names:
        what = f"does not look like the header, and line {lines[names].number} does"
        if n_units:
            units = " and ".join(str(one.number) for one in below[:n_units])
            those = "lines" if n_units > 1 else "line"
            what += f"; {those} {units} below it {'have' if n_units > 1 else 'has'} no numbers"
    else:
        what = "holds no numbers where all later lines do, as units would"
    cure = f"Say `{' '.join(f'--skip {number}' for number in skipped)}`."
    finding = Finding(str(path), what, cure, skipped[0])
    return finding, replace(format, skip=(*format.skip, *skipped))


def _first_lines(path: Path, format: CsvFormat) -> list[Line]:
    encoding = "utf-8-sig" if format.encoding.lower() in ("utf-8", "utf8") else format.encoding
    found, number = [], 1
    with (
        open_table(path, format.decimal) as raw,
        io.TextIOWrapper(raw, encoding, newline="") as file,
    ):
        reader = csv.reader(iter(lambda: file.readline(LONGEST), ""), delimiter=format.sep)
        try:
            for fields in islice(reader, MOST_LINES):
                if number not in format.skip and any(field.strip() for field in fields):
                    found.append(Line(number, [field.strip() for field in fields]))
                number = reader.line_num + 1
        except csv.Error:  # what cannot be cut into fields is found when it is read
            pass
    return found


def _cut(text: str, sep: str) -> list[str]:
    try:
        return [one.strip() for one in next(csv.reader([text.rstrip("\r\n")], delimiter=sep), [])]
    except csv.Error:
        return [text]


def _may_be_names(line: Line, usual: int, format: CsvFormat) -> bool:
    """Say whether a line has a name for each column: different texts, no numbers."""
    fields = [one for one in line.fields if one]
    if len(line.fields) != usual or len(fields) <= 0.5 * usual:
        return False
    return len(set(fields)) == len(fields) and not _numbers_of(fields, format).any()


def _n_lines_of_units(below: Sequence[Line], format: CsvFormat) -> int:
    """Return how many of the lines below the header hold no numbers where all later ones do."""
    for n in range(min(len(below) - 3, 4), 0, -1):
        later = [_are_values([one.fields[i] for one in below[n:]], format)
                 for i in range(len(below[0].fields))]  # fmt: skip
        if not any(later):
            continue
        above = [
            [field for field, expected in zip(one.fields, later, strict=True) if expected]
            for one in below[:n]
        ]
        if all(any(one) and not _numbers_of([f for f in one if f], format).any() for one in above):
            texts = [field for one in above for field in one if field]
            if not MISSING & {text.lower() for text in texts} and not set(texts) & set(format.na):
                return n
    return 0


def _are_values(fields: Sequence[str], format: CsvFormat) -> bool:
    """Say whether fields of one column are numbers, in any notation, or missing."""
    texts = [one for one in fields if one]
    if not texts:
        return False
    if _numbers_of(texts, format).mean() >= NUMBERS:
        return True
    found = notation_of(pd.Series(texts, dtype=object), format.sep, format.decimal)
    return found is not None and found.kind != "unit"


def _numbers_of(fields: Sequence[str], format: CsvFormat) -> np.ndarray:
    cells = pd.Series(list(fields), dtype=object)
    return np.isfinite(to_numbers(cells, format.decimal, format.thousands))
