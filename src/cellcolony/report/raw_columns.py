"""The columns of a file as they stand there, before anything is asked of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cellcolony.report.blocks import Column, TableBlock
from cellcolony.tasks.tables import Table
from cellcolony.wording import BARS, count, number

N_BARS = 32
"""Signs of a course."""
MOST_COLUMNS = 200


def raw_columns(table: Table, roles: Mapping[str, str]) -> TableBlock:
    """Return a line for each column: what it is, what it lacks, its range and its course.

    Args:
        table: The file.
        roles: What columns were called by the user, by name.
    """
    names = [str(name) for name in table.frame.columns][:MOST_COLUMNS]
    columns = [Column("column", "name"), Column("", "text"), "missing", "lowest", "median",
               "highest", Column("course", "text")]  # fmt: skip
    title = f"{count(len(table.frame), 'row')} of {table.name}"
    return TableBlock(columns, [_line(table, name, roles.get(name, "")) for name in names],
                      title=title)  # fmt: skip


def _line(table: Table, name: str, role: str) -> list[str]:
    missing = float(table.column(name).isna().mean())
    share = f"{100 * missing:.1f} %" if missing else ""
    values = table.numbers(name)
    known = values[np.isfinite(values)]
    if not len(known):
        some = table.column(name).dropna()
        first = str(some.iloc[0]) if len(some) else ""
        return [name, role or "text", share, "", "", "", first[:N_BARS]]
    ends = [number(float(one)) for one in (known.min(), np.median(known), known.max())]
    return [name, role, share, *ends, course(values)]


def course(values: NDArray[np.float64]) -> str:
    """Return how a column goes, each sign the mean of as many rows; a blank where none is known.

    Args:
        values: `(rows,)`; NaN where there is none.
    """
    parts = np.array_split(values, min(N_BARS, len(values)))
    means = np.array([p[np.isfinite(p)].mean() if np.isfinite(p).any() else np.nan for p in parts])
    low, high = np.nanmin(means), np.nanmax(means)
    height = (means - low) / (high - low) if high > low else np.where(np.isnan(means), np.nan, 0.5)
    return "".join(
        " " if np.isnan(one) else BARS[min(int(one * len(BARS)), len(BARS) - 1)] for one in height
    )
