"""Texts in CSV files that a spreadsheet must not take for formulas.

The name of a column may be `=cmd|' /C calc'!A0`, and whoever opens the file of its forecasts in a
spreadsheet would run it. Such a text gets an apostrophe in front, which spreadsheets take for "this
is text"; `from_cell` takes it away again.
"""

from __future__ import annotations

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that is computed."""
TEXT = "'"


def to_cell(text: str) -> str:
    """Return a text as a cell of a CSV file holds it; a number stays as it is."""
    return TEXT + text if _is_computed(text.lstrip(TEXT)) else text


def from_cell(text: str) -> str:
    """Return the text that `to_cell` was given."""
    is_marked = text.startswith(TEXT) and _is_computed(text.lstrip(TEXT))
    return text[len(TEXT) :] if is_marked else text


def _is_computed(text: str) -> bool:
    if not text.startswith(FORMULAS):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False
