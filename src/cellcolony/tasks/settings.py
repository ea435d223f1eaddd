"""The settings of a forecast task that do not concern how its files are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from annotated_types import Ge

from cellcolony.settings import DISTINCT, Called, OneOf, Rule, Words, settings
from cellcolony.tasks.gaps import FILLS
from cellcolony.tasks.scaling import SCALES

ColumnNames = Annotated[
    tuple[str, ...],
    Rule(bool, "name at least one column"),
    Rule(DISTINCT.fits, "name each column once"),
]


@settings
class ForecastSettings:
    """What to forecast, and from what.

    Attributes:
        targets: The columns to predict.
        inputs: The columns to read; None for every column that holds numbers, targets included.
        horizon: How many rows ahead.
        scale: "minmax", "zscore", "unit" or "none".
        ignore: Columns that are no default inputs.
        time: The column of times, never an input; or None.
        fill: How missing values are filled, "previous" or "interpolate"; None refuses them.
        holds_out_test: Whether the end of each training file tests where files validate and none
            tests; else there is no test.
        calendar: Whether hour, weekday and month are read from a column of dates.

    Raises:
        ConfigError: A value is not among those.
    """

    targets: Annotated[ColumnNames, Called("target")]
    inputs: ColumnNames | None = None
    horizon: Annotated[int, Ge(1), Words("a whole number of rows, 1 or more")] = 1
    scale: Annotated[str, OneOf(SCALES)] = "zscore"
    ignore: tuple[str, ...] = ()
    time: str | None = None
    fill: Annotated[str, OneOf(FILLS)] | None = None
    holds_out_test: bool = True
    calendar: bool = False


def names_of(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return one or several names as a tuple."""
    return (names,) if isinstance(names, str) else tuple(str(name) for name in names)
