"""Cells of tables: values as a person is shown them, and how far values reach as a row."""

from __future__ import annotations

from cellcolony.runs.spread import Spread
from cellcolony.wording import number

Cell = str | int | float | None
SPREAD = ("mean", "sd", "min", "median", "max")
"""The columns of `spread_row`."""


def shown(cell: Cell) -> str:
    """Return a cell for a person: whole numbers in full, measures with four digits that count."""
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else number(cell)


def spread_row(found: Spread | None) -> tuple[Cell, ...]:
    """Return the mean, the deviation, the least, the median and the largest value, as cells."""
    return (None,) * len(SPREAD) if found is None else found[1:]
