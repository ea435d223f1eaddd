"""The settings of a forecast task that do not concern how its files are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, cast

from annotated_types import Ge

from cellcolony.errors import ConfigError
from cellcolony.settings import DISTINCT, Called, OneOf, Rule, Words, settings
from cellcolony.tasks.gaps import FILLS
from cellcolony.tasks.scaling import SCALES
from cellcolony.tasks.steps import MOST_STEPS, horizon_of
from cellcolony.tasks.times import SPAN, ZONE, Clock

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
            Here, and among the targets and what is ignored, a name that no column has may be
            several with commas between, or a pattern such as `Va_*`.
        horizon: How many rows ahead.
        first: The first step of several that have an output each, of which `horizon` is the last;
            None where there is one.
        scale: "minmax", "zscore", "unit" or "none".
        ignore: Columns that are no default inputs.
        time: The column of times, never an input; or None.
        clock: The column of the clock where `time` holds dates alone, never an input; or None.
        day_first: Whether the day comes before the month in dates such as 3/4/2024; None to find
            out.
        tz: The time zone of dates that name none, such as Europe/Berlin; None for UTC.
        series: The column that says to which series a row of a file belongs, never an input; None
            where each file is one.
        every: The span of time from one row to the next, such as 10min: rows are made regular;
            None where they are.
        fill: How missing values are filled, "previous" or "interpolate"; None refuses them.
        holds_out_test: Whether the end of each training file tests where files validate and none
            tests; else there is no test.
        calendar: Whether hour, weekday and month are read from a column of dates.
        skip_short: Whether files that are too short are left out, where others are not.
        meant: Values that lie far outside of all else and are as they should be; others are asked
            about.

    Raises:
        ConfigError: A value is not among those, or `every` is given without `time`.
    """

    targets: Annotated[ColumnNames, Called("target")]
    inputs: ColumnNames | None = None
    horizon: Annotated[int, Ge(1), Words("a whole number of rows, 1 or more")] = 1
    first: Annotated[int, Ge(1)] | None = None
    scale: Annotated[str, OneOf(SCALES)] = "zscore"
    ignore: tuple[str, ...] = ()
    time: str | None = None
    clock: str | None = None
    day_first: bool | None = None
    tz: Annotated[str, ZONE] | None = None
    series: str | None = None
    every: Annotated[str, SPAN] | None = None
    fill: Annotated[str, OneOf(FILLS)] | None = None
    holds_out_test: bool = True
    calendar: bool = False
    skip_short: bool = False
    meant: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.first is not None and not self.first < self.horizon < self.first + MOST_STEPS:
            raise ConfigError(
                f"`first` must be a step before `horizon`, {self.horizon}, and at most "
                f"{MOST_STEPS:,} before. Got {self.first}."
            )
        if self.every is not None and self.time is None:
            raise ConfigError("`every` makes times regular: say with `time` where they stand.")

    @staticmethod
    def of(
        target: str | Iterable[str],
        inputs: str | Iterable[str] | None,
        ignore: str | Iterable[str],
        time: str | Iterable[str] | None,
        meant: float | Iterable[float],
        horizon: int | str,
        **others: Any,
    ) -> ForecastSettings:
        """Return settings where one value may be given for a tuple of one.

        Args:
            target: See `targets`.
            inputs: The columns to read, or None.
            ignore: Columns that are no default inputs.
            time: The column of times, or that of the dates and that of the clock.
            meant: Values that are as they should be.
            horizon: How many rows ahead, or a range such as "1..12".
            **others: The others, as they are.

        Raises:
            ConfigError: A value is not among those.
        """
        dates, clock = clock_of(time)
        last, first = horizon_of(horizon)
        return ForecastSettings(
            names_of(target),
            None if inputs is None else names_of(inputs),
            ignore=names_of(ignore),
            time=dates,
            clock=clock,
            meant=values_of(meant),
            horizon=cast("int", last),
            first=first,
            **others,
        )

    def among(self, known: Sequence[str]) -> ForecastSettings:
        """Return the settings with the columns by name that lists and patterns stand for."""
        inputs = None if self.inputs is None else _named(self.inputs, known)
        return replace(
            self, targets=_named(self.targets, known), inputs=inputs,
            ignore=_named(self.ignore, known),
        )  # fmt: skip

    def may_use(self, name: str) -> bool:
        """Say whether a column may be an input or a target."""
        if self.inputs is not None:
            return name in (*self.inputs, *self.targets)
        return name not in (*self.ignore, self.time, self.clock, self.series)

    @property
    def times(self) -> Clock | None:
        """Where the times stand, and how they are read; None where no column was named."""
        if self.time is None:
            return None
        return Clock(self.time, self.clock, self.day_first, self.tz)


def names_of(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return one or several names as a tuple."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        return (str(names),)
    return tuple(str(name) for name in names)


def clock_of(time: str | Iterable[str] | None) -> tuple[str | None, str | None]:
    """Return the column of times and that of the clock, from one name, two names or None.

    Raises:
        ConfigError: They are more than two.
    """
    if time is None:
        return None, None
    names = names_of(time)
    if not 1 <= len(names) <= 2:
        raise ConfigError(
            "`time` must name one column, or that of the dates and that of the clock. "
            f"Got {', '.join(names)}."
        )
    return names[0], names[1] if len(names) == 2 else None


def values_of(values: float | Iterable[float]) -> tuple[float, ...]:
    """Return one or several numbers as a tuple."""
    return tuple(values) if isinstance(values, Iterable) else (values,)


def _named(wanted: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that names, lists and patterns stand for, each once."""
    found: list[str] = []
    for one in wanted:
        parts = [one] if one in known else [part.strip() for part in one.split(",")]
        for part in parts:
            if part in known or not set(part) & set("*?["):
                found.append(part)
            else:
                found += [name for name in known if fnmatchcase(name, part)] or [part]
    return tuple(dict.fromkeys(found))
