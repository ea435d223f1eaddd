"""What can be read, and is probably not meant: counts among the inputs, and values far outside."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks.findings import Finding, Findings
from cellcolony.tasks.tables import Table
from cellcolony.tasks.times import whole_numbers

REPEATED = 3
"""So often a value must stand there to be asked about; one that usually stands for a missing one,
once."""
FAR, FAR_AND_TYPICAL = 50.0, 3.0
"""How far it must lie from the middle half of the values, in widths of that half: any value, and
one that usually stands for a missing one."""
ALONE = 0.5
"""How much of the way to the middle half there must be nothing else."""
TYPICAL = np.array(
    [-99, -99.9, -99.99, 999, 9999, 99999, 999999, 9999999, 1e20, 1e30, 1e35, 1e36, -1e20, -1e30]
    + [-(10.0**n - 10.0**-m) for n in range(3, 8) for m in range(4)]
    + [-9998, -9997, -9996, -8888, -7777, -6999, -200]
    + [32767, -32768, 65535, 2147483647, -2147483648, -2147483647]
)
"""Values that usually stand for a missing one."""
EXACT = 2.0**53
"""Whole numbers below it are exact as float64."""
FEWEST_ROWS = 20
"""In a shorter column nothing is odd."""
FIRST = np.arange(FEWEST_ROWS)


class Far(NamedTuple):
    """A value that lies far outside of all else.

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
    """Return a value that lies far outside: one that usually stands for a missing one, or an end.

    Args:
        values: `(rows,) float64`; NaN where there is none.
        meant: Values that are as they should be.
    """
    known = values[np.isfinite(values)]
    is_typical = np.isin(known, TYPICAL)
    rest = known[~is_typical]
    if len(rest) < FEWEST_ROWS:
        return None
    low, high = (float(end) for end in np.quantile(rest, (0.25, 0.75)))
    width = high - low
    if is_typical.any():
        broad = width or float(rest.max() - rest.min()) or 1.0
        for value in np.unique(known[is_typical]):
            if _is_far(value, rest, low, high, FAR_AND_TYPICAL * broad, meant):
                return _far(value, values)
    for value in (rest.min(), rest.max()):
        n = int((rest == value).sum())
        others = rest[rest != value]
        if n >= REPEATED and width > 0 and _is_far(value, others, low, high, FAR * width, meant):
            return _far(value, values)
    return None


def _is_far(
    value: float, others: NDArray[np.float64], low: float, high: float, least: float,
    meant: Iterable[float],
) -> bool:  # fmt: skip
    """Say whether a value lies farther than `least` from the middle half, with nothing near it."""
    away = max(low - value, value - high)
    is_meant = any(np.isclose(value, one, rtol=1e-6, atol=0.0) for one in meant)
    return bool(away > least and not is_meant and np.abs(others - value).min() > ALONE * away)


def _far(value: float, values: NDArray[np.float64]) -> Far:
    same = values == value
    return Far(float(value), int(same.sum()), int(same.argmax()), f"{value:.10g}")


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
        line, fields = table.locate([far.row])[far.row]
        place = list(table.frame.columns).index(name)
        written = str(fields[place]).strip() if place < len(fields) else far.text
        if written.startswith(far.text) and not written.removeprefix(far.text).strip(".0"):
            written = far.text  # 9999.0 is read as 9999 is
        rows = "1 row" if far.n == 1 else f"{far.n:,} rows"
        what = f"holds {far.text} in {rows}, far outside of all else"
        missing, meant_so = f"`--na={shlex.quote(written)}`", f"`--meant={far.text}`"
        if table.path is None:
            missing, meant_so = "NaN instead", f"`meant={far.text}`"
        cure = f"If it stands for a missing value, give {missing}; if not, {meant_so}."
        findings.add(Finding(table.name, what, cure, line, name, table.unit))


def rises_always(values: NDArray[np.float64]) -> bool:
    """Say whether a column rises from each row to the next, as times do."""
    return len(values) >= FEWEST_ROWS and bool((np.diff(values) > 0).all())


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
    if len(cells) > FEWEST_ROWS:
        alone = replace(table, frame=table.frame[[column]])  # else all columns were copied
        if not _even_step(alone.of_rows(FIRST, table.name), column):
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
