"""Numbers that are written in another way than expected: with a unit, or a mark at thousands."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cellcolony.tasks.numbers import BLANKS, is_mostly_numbers

MOST_LOOKED_AT = 1_000
"""Cells of a column."""
THOUSANDS = re.compile(rf"[+-]?\d{{1,3}}(?:([,.'’{BLANKS}])\d{{3}})(?:\1\d{{3}})*(?:[.,]\d+)?")
CURRENCY = r"[A-Z]{0,3}[$€£¥₹]|USD|EUR|GBP|CHF|JPY|CNY"
WITH_UNIT = re.compile(
    rf"(?P<sign>[+-]?)(?P<before>{CURRENCY})?[{BLANKS}]*"
    rf"(?P<number>[+-]?[.,]?\d[\d.,'’{BLANKS}]*(?:[eE][+-]?\d+)?)"
    r"\s*(?P<behind>[^\d\s.,;:+/\\-]\S{0,11}(?: [^\d\s]\S{0,7}){0,2})?"
)
"""A number with what stands before and behind it; a unit may be of three words, as `% r. F.` is."""


class Written(NamedTuple):
    """A number as it is written.

    Attributes:
        number: The number alone.
        before: What stands before it: nothing, or a currency.
        behind: What stands behind it: nothing, or a unit.
    """

    number: str
    before: str = ""
    behind: str = ""


class Notation(NamedTuple):
    """How the numbers of a column are written.

    Attributes:
        kind: "thousands", "decimal" or "unit".
        mark: The mark between thousands, or the decimal mark; nothing for a unit.
        row: A row that shows it.
    """

    kind: Literal["thousands", "decimal", "unit"]
    mark: str
    row: int


def notation_of(
    cells: pd.Series, sep: str, decimal: str, thousands: str | None = None
) -> Notation | None:
    """Return how the numbers of a text column are written; None where it holds no numbers.

    Three digits behind a comma alone are thousands where commas separate fields too, since nobody
    could have meant a decimal mark there.

    Args:
        cells: The column, which holds no numbers as it is read.
        sep: The character between fields.
        decimal: The decimal mark that it was read with.
        thousands: The mark at thousands that it was read with.
    """
    present = cells.reset_index(drop=True).dropna()
    texts = present.loc[present.map(lambda cell: isinstance(cell, str)).astype(bool)]
    texts = texts.iloc[:MOST_LOOKED_AT].astype(object)
    if texts.empty:
        return None
    row = int(texts.index[0])
    stripped = texts.str.strip()
    other = "," if decimal == "." else "."
    grouped = [THOUSANDS.fullmatch(text) for text in stripped]
    marks = {found[1] for found in grouped if found is not None}
    is_grouped = np.array([found is not None for found in grouped])
    if is_grouped.mean() >= 0.5 and len(marks) == 1 and not marks <= {decimal, thousands}:
        mark = marks.pop()
        if mark != other or sep == other or not is_mostly_numbers(texts, other):
            return Notation("thousands", mark, int(texts.index[int(is_grouped.argmax())]))
    if is_mostly_numbers(texts, other):
        return Notation("decimal", other, row)
    written = [split_unit(text) for text in stripped]
    if np.mean([one is not None and bool(one.before or one.behind) for one in written]) >= 0.5:
        return Notation("unit", "", row)
    return None


def split_unit(text: str) -> Written | None:
    """Return a number and its unit, if it has one; None for a text that is no such thing."""
    found = WITH_UNIT.fullmatch(text.strip())
    if found is None:
        return None
    number = found["sign"] + found["number"].strip()
    return Written(number, found["before"] or "", found["behind"] or "")


def cure_of(notation: Notation, sep: str, decimal: str) -> str:
    """Return what to do about a notation, a sentence without its final stop."""
    if notation.kind == "unit":
        return f"Write numbers without a unit, with {decimal!r} as decimal mark"
    if notation.kind == "thousands":
        mark = " " if notation.mark in BLANKS else notation.mark
        return f"Say `--thousands {mark!r}`" if mark == " " else f"Say `--thousands {mark}`"
    if notation.mark == sep:
        return f"Write it with {decimal!r}"
    return f"Say `--decimal {notation.mark}`"


WHAT = {
    "thousands": "a number with a mark at its thousands",
    "decimal": "a number with another decimal mark",
    "unit": "a number with a unit",
}
