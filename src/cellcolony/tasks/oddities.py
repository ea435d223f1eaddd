"""What can be read, and is probably not meant: counts among the inputs, and values far outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks.findings import Finding, Findings
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import whole_numbers

REPEATED = 3
"""So often a value must stand there at least to be asked about."""
FAR, FAR_AND_TYPICAL = 50.0, 3.0
"""How far it must lie from the middle half of the values, in widths of that half: any value, and
one that usually stands for a missing one."""
ALONE = 0.5
"""How much of the way to the middle half there must be nothing else."""
TYPICAL = re.compile(r"-?9{3,}(?:\.[90]+)?|-99(?:\.[90]+)?|-200|-?32767|-32768|65535|-?2147483648")
EXACT = 2.0**53
"""Whole numbers below it are exact as float64."""
FEWEST_ROWS = 20
FIRST = np.arange(FEWEST_ROWS)
"""In a shorter column nothing is odd."""


class Far(NamedTuple):
    """A value that lies far outside, again and again.

    Attributes:
        value: The value.
        n: How often it stands there.
        row: Where it stands first.
        text: The value as a user would write it.
    """

    value: float
    n: int
    row: int
    text: str


def far_value(values: NDArray[np.float64], meant: Iterable[float] = ()) -> Far | None:
    """Return the lowest or highest value where it stands far outside, again and again.

    Args:
        values: `(rows,) float64`; NaN where there is none.
        meant: Values that are as they should be.
    """
    known = values[np.isfinite(values)]
    if len(known) < FEWEST_ROWS:
        return None
    low, high = np.quantile(known, (0.25, 0.75))
    width = high - low
    if not width > 0:
        return None
    expected = set(meant)
    for value, away in ((known.min(), low - known.min()), (known.max(), known.max() - high)):
        n = int((known == value).sum())
        text = f"{value:.10g}"
        least = FAR_AND_TYPICAL if TYPICAL.fullmatch(text) else FAR
        if n < REPEATED or away <= least * width or value in expected:
            continue
        if np.abs(known[known != value] - value).min() > ALONE * away:
            return Far(float(value), n, int((values == value).argmax()), text)
    return None


def ask_about_far_values(
    table: Table, columns: Iterable[str], meant: Sequence[float], findings: Findings
) -> None:
    """Find the values that probably stand for missing ones.

    Args:
        table: Its columns hold numbers, or the findings have them.
        columns: Which of them are used.
        meant: Values that are as they should be.
        findings: Takes in one such value of each column.
    """
    for name in columns:
        values = table.numbers(name)
        far = far_value(values, meant)
        if far is None:
            continue
        line, _ = table.locate([far.row])[far.row]
        what = f"holds {far.text} in {far.n:,} rows, far outside of all else"
        missing, meant_so = f"`--na={far.text}`", f"`--meant={far.text}`"
        if table.path is None:
            missing, meant_so = "NaN instead", f"`meant={far.text}`"
        cure = f"If it stands for a missing value, give {missing}; if not, {meant_so}."
        findings.add(Finding(table.name, what, cure, line, name, table.unit))


def counting(tables: Sequence[Table], column: str) -> str | None:
    """Say what a column counts by, where it counts the rows or the time of every table.

    Returns:
        A clause such as "rises by 60 in every row"; None where it does not count.
    """
    steps = {_even_step(table, column) for table in tables}
    step = steps.pop()
    if steps or not step:
        return None
    return f"{'rises' if step > 0 else 'falls'} by {abs(step):,} in every row"


def _even_step(table: Table, column: str) -> int:
    """Return by how much whole numbers rise in every row, exactly; 0 where unevenly."""
    cells = table.column(column)
    if len(cells) > FEWEST_ROWS and not _even_step(table.of_rows(FIRST, table.name), column):
        return 0
    values = whole_numbers(cells)
    if values is None:
        numbers = table.numbers(column)
        if not (np.isfinite(numbers) & (np.abs(numbers) < EXACT)).all():
            return 0
        if (numbers != np.rint(numbers)).any():
            return 0
        values = numbers.astype(np.int64)
    steps = np.diff(values)
    return int(steps[0]) if len(values) >= FEWEST_ROWS and (steps == steps[0]).all() else 0
