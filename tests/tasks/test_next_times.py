"""The times of the rows that follow a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.next_times import next_times
from cellcolony.tasks.tables import Table
from cellcolony.tasks.timeline import Timing
from cellcolony.tasks.transform import Transform
from tests.tasks.files import frame

N = 60


def following(times, n: int = 3, columns: tuple[str, ...] = ("t",), **options) -> list[str]:
    table = frame(N)
    for name, cells in zip(columns, times if len(columns) > 1 else [times], strict=True):
        table.insert(0, name, cells)
    task = Forecast.from_frames(table, "y", time=columns, **options)
    transform = Transform.from_dict(task.transform.to_dict())
    timing = transform.timing
    assert isinstance(timing, Timing)
    (own,) = transform.tables(table)
    found = next_times(timing, own, n)
    assert found is not None
    return [str(one) for one in found]


@pytest.mark.parametrize(("start", "step", "expected"), [
    ("2024-03-05", "10min", ["2024-03-05 10:00:00", "2024-03-05 10:10:00", "2024-03-05 10:20:00"]),
    ("2024-03-05", "250ms", ["2024-03-05 00:00:15", "2024-03-05 00:00:15.250000",
                             "2024-03-05 00:00:15.500000"]),
    ("2024-01-01", "D", ["2024-03-01 00:00:00", "2024-03-02 00:00:00", "2024-03-03 00:00:00"]),
    ("2024-01-31", "ME", ["2029-01-31 00:00:00", "2029-02-28 00:00:00", "2029-03-31 00:00:00"]),
    ("2024-01-01", "QS", ["2039-01-01 00:00:00", "2039-04-01 00:00:00", "2039-07-01 00:00:00"]),
    ("2024-01-01", "B", ["2024-03-25 00:00:00", "2024-03-26 00:00:00", "2024-03-27 00:00:00"]),
    ("1950-12-31", "YE", ["2010-12-31 00:00:00", "2011-12-31 00:00:00", "2012-12-31 00:00:00"]),
])  # fmt: skip
@pytest.mark.parametrize("written", [False, True])
def test_dates_go_on_by_their_step_and_by_the_calendar(start, step, expected, written):
    times = pd.date_range(start, periods=N, freq=step)
    assert following(times.astype(str) if written else times) == expected


@pytest.mark.parametrize(("times", "expected"), [
    (range(5, 5 + 7 * N, 7), ["425", "432"]),
    ([str(10**19 + 2 * i) for i in range(N)], [str(10**19 + 2 * N), str(10**19 + 2 * N + 2)]),
    (np.arange(N) * 0.5, ["30.0", "30.5"]),
])  # fmt: skip
def test_numbers_go_on_exactly(times, expected):
    assert following(list(times), 2) == expected


def test_midnight_stays_midnight_where_clocks_are_set_and_hours_go_on():
    days = pd.date_range("2024-01-31", periods=N, freq="D").astype(str)
    assert following(days, 3, tz="Europe/Berlin") == [
        "2024-03-31 00:00:00+01:00", "2024-04-01 00:00:00+02:00", "2024-04-02 00:00:00+02:00",
    ]  # fmt: skip
    hours = pd.date_range("2024-03-28 14:00", periods=N, freq="h").astype(str)
    assert following(hours, 2, tz="Europe/Berlin") == [
        "2024-03-31 03:00:00+02:00", "2024-03-31 04:00:00+02:00",
    ]  # fmt: skip


def test_too_few_rows_tell_no_day_of_the_calendar():
    months = frame(N).assign(t=pd.date_range("2020-01-31", periods=N, freq="ME"))
    timing = Forecast.from_frames(months, "y", time="t").transform.timing
    assert timing is not None
    for n, known in ((2, False), (3, True)):
        table = Table("few", months.iloc[:n])
        assert (next_times(timing, table, 1) is not None) == known
    assert next_times(timing, Table("none", frame(3)), 1) is None


def test_zones_that_times_name_stay_and_two_columns_are_one():
    hours = pd.date_range("2024-03-28 14:00", periods=N, freq="h", tz="Asia/Tokyo")
    assert following(hours.astype(str), 1) == ["2024-03-30 17:00:00+00:00"]
    day_first, clock = hours.strftime("%d.%m.%Y"), hours.strftime("%H:%M")
    assert following((day_first, clock), 1, ("Date", "Time")) == ["2024-03-31 02:00:00"]
    minutes = pd.date_range("2024-03-28 14:00", periods=N, freq="5min")
    assert following(minutes, 1, every="10min") == ["2024-03-28 19:00:00+00:00"]
