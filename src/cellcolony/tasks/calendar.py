"""Calendar columns: hour, weekday and month of the row that is forecast, as sine and cosine.

They are known in advance, and every model reads them. A cycle counts where the training rows go
through it at least once: of a month that was never seen nothing can be learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Gt, Le
from numpy.typing import NDArray

from cellcolony.settings import Rule, settings
from cellcolony.tasks.findings import Finding, Findings, shown
from cellcolony.tasks.tables import Table
from cellcolony.tasks.timeline import TOLERANCE, Step
from cellcolony.tasks.times import ZONE, Clock

DAY = 86_400.0
SECONDS = {"hour": DAY, "weekday": 7 * DAY, "month": 365 * DAY}
"""How long each cycle is."""
WAVES = {"sine": np.sin, "cosine": np.cos}
MOST_AHEAD = 100 * 365 * DAY
"""Seconds; what lies further ahead has no date that can be told."""


@settings
class Calendar:
    """Which cycles are read from a column of dates.

    Attributes:
        time: The column.
        cycles: "hour", "weekday", "month", or some of them.
        ahead: How many seconds the forecast row lies after the row itself.
        clock: The column of the clock, where it has one of its own; or None.
        day_first: Whether the day comes before the month; None where that does not arise.
        zone: The time zone of the dates, in whose hours a day is told; None for UTC.
    """

    time: str
    cycles: Annotated[
        tuple[str, ...], Rule(set(SECONDS).issuperset, f"be among {', '.join(SECONDS)}")
    ]
    ahead: Annotated[float, Gt(0), Le(MOST_AHEAD)]
    clock: str | None = None
    day_first: bool | None = None
    zone: Annotated[str, ZONE] | None = None

    @property
    def read_from(self) -> Clock:
        """Where the dates stand."""
        return Clock(self.time, self.clock, self.day_first, self.zone)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: "hour sine", "hour cosine", ..."""
        return tuple(f"{cycle} {wave}" for cycle in self.cycles for wave in WAVES)

    def added_to(self, table: Table, findings: Findings) -> Table:
        """Return a table with the columns.

        Args:
            table: It has the column of dates.
            findings: Takes in a date that cannot be read.
        """
        clock = self.read_from
        times = clock.read(table)
        known = times.is_known if times.is_date else np.zeros(len(times.is_known), bool)
        if not known.all():
            row = int((~known).argmax())
            line, _ = table.locate([row])[row]
            what = f"holds {shown(str(clock.cells(table).iloc[row]))}, which is no date"
            cure = "Mend it: hour, weekday and month are read from it."
            findings.add(Finding(table.name, what, cure, line, self.time, table.unit))
            return table
        assert times.dates is not None
        return replace(table, frame=table.frame.assign(**self.values(times.dates)))

    def values(self, dates: pd.Series) -> dict[str, NDArray[np.float64]]:
        """Return the columns at rows of some dates, each `(rows,) float64`."""
        at = dates + pd.Timedelta(self.ahead, "s")
        return {
            f"{cycle} {wave}": function(2 * np.pi * _turn(at, cycle))
            for cycle in self.cycles
            for wave, function in WAVES.items()
        }


def calendar_of(
    clock: Clock, step: Step, n_rows: int, horizon: int, taken: Iterable[str]
) -> Calendar | None:
    """Return the calendar columns of a task; None where dates tell nothing.

    Args:
        clock: Where the dates stand.
        step: From one row to the next; more than a day, or what is not always as long, has no
            calendar columns.
        n_rows: How many rows of the longest file are trained on.
        horizon: How many rows ahead a target lies.
        taken: Names of other columns; a cycle with such a name is left out.
    """
    if not step.is_date or not step.is_even or step.amount > DAY * (1 + TOLERANCE):
        return None
    span, others = n_rows * step.amount, set(taken)
    cycles = tuple(
        cycle
        for cycle, seconds in SECONDS.items()
        if span >= seconds and not others & set(Calendar(clock.column, (cycle,), 1.0).columns)
        if cycle != "hour" or step.amount < DAY * (1 - TOLERANCE)
    )
    ahead = horizon * step.amount
    if not cycles or ahead > MOST_AHEAD:
        return None
    return Calendar(clock.column, cycles, ahead, clock.clock, clock.day_first, clock.zone)


def _turn(at: pd.Series, cycle: str) -> NDArray[np.float64]:
    """Return how far through a cycle some dates are, `(rows,)`, from 0 to 1."""
    if cycle == "hour":
        seconds = at.dt.hour * 3600 + at.dt.minute * 60 + at.dt.second
        return seconds.to_numpy(np.float64) / DAY
    if cycle == "weekday":
        return at.dt.day_of_week.to_numpy(np.float64) / 7
    day = (at.dt.day - 1) / at.dt.days_in_month
    return (at.dt.month - 1 + day).to_numpy(np.float64) / 12
