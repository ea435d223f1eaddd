"""Warn of new data that leave the range that a network was trained on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from cellcolony.errors import TrainingRangeWarning
from cellcolony.tasks.training_range import Departure
from cellcolony.wording import count, name, share

MOST_LINES = 5
"""Of a warning."""


def warn_of(
    departures: Sequence[Departure], n_rows: int, relied: Mapping[str, float], *, stacklevel: int
) -> None:
    """Warn of columns that leave their training range, those that leave it farthest first.

    Args:
        departures: The columns, at least one.
        n_rows: How many rows the data have.
        relied: By what share the validation error rises when a column is shuffled, by column, as
            far as that is known.
        stacklevel: How many calls above this one the data were given.
    """
    worst = sorted(departures, key=lambda one: -one.ranges)
    shown = worst if len(worst) <= MOST_LINES else worst[: MOST_LINES - 1]
    lines = [_line(one, n_rows, relied.get(one.column)) for one in shown]
    if left := len(worst) - len(shown):
        lines.append(f"{left:,} more columns leave their training range.")
    warnings.warn("\n".join(lines), TrainingRangeWarning, stacklevel=stacklevel + 1)


def _line(departure: Departure, n_rows: int, relied: float | None) -> str:
    ends = f"{departure.lowest:.6g} to {departure.highest:.6g}"
    line = (
        f"{name(departure.column)!r} leaves its training range, {ends}, in {departure.n_rows:,} of "
        f"{count(n_rows, 'row')}; the farthest value is {departure.farthest:.6g}."
    )
    if relied is None:
        return line
    return (
        f"{line} Shuffling this column changes the network's validation error by {share(relied)}."
    )
