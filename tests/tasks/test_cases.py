"""Files that failed once, as a new user would have written the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cellcolony.errors import DataError
from cellcolony.tasks.forecast import Forecast

CASES = Path(os.environ.get("CELLCOLONY_DATA", "none")).parent / "cases" / "series"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs cases beside CELLCOLONY_DATA")

REFUSED = [
    ("02", "log.csv", "temp", {}, "Say `--thousands ,`"),
    ("02", "log.csv", "pressure", {}, "Say `--thousands ,`"),
    ("02", "logint.csv", "temp", {}, "Say `--thousands ,`"),
    ("04", "log.csv", "flow", {"time": "time", "ignore": "time"}, "both the time and ignored"),
    ("05", "autumn.csv", "flow", {"time": "time"}, "daylight saving time begins or ends"),
    ("05", "spring.csv", "flow", {"time": "time"}, "--tz Europe/Berlin"),
    ("07", "log.csv", "flow", {}, "newest comes first"),
    ("07", "log.csv", "flow", {"time": "time"}, "Sort the rows, the oldest first"),
    ("08", "long.csv", "y", {}, "Say `--series unique_id`"),
    ("08", "long.csv", "y", {"time": "ds"}, "starts again 5 times"),
    ("09", "log.csv", "flow", {}, "Say `--skip 2`"),
    ("10", "station.dat", "Flow_Avg", {}, "Say `--skip 1 --skip 3 --skip 4`"),
    ("13", "log.csv", "flow", {}, "`--na=-9999`"),
    ("20", "log.csv", "flow", {}, "Say `--thousands ' '`"),
    ("25", "log.csv", "flow", {}, "in all there are Bad Input"),
    ("27", "log.csv", "flow", {}, "Say `--no-header`"),
    ("30", "log.csv", "flow", {"time": "time", "test": "other.csv"}, "has a step of 01:00:00"),
    ("31", "log.csv", "flow", {"time": "Date"}, "`--time Date --time Time`"),
    ("31", "log.csv", "flow", {"time": "Time"}, "`--time Date --time Time`"),
    ("42", "log.parquet", "flow", {}, "holds nothing, a missing value"),
]
READ = [
    ("02", "log.csv", "pressure", {"thousands": ","}, None, "holds times"),
    ("04", "log.csv", "flow", {"time": "time"}, "01:00:00", ""),
    ("05", "autumn.csv", "flow", {"time": "time", "tz": "Europe/Berlin"}, "01:00:00", ""),
    ("05", "spring.csv", "flow", {"time": "time", "tz": "Europe/Berlin"}, "01:00:00", ""),
    ("08", "long.csv", "y", {"time": "ds", "series": "unique_id"}, "00:10:00", ""),
    ("09", "log.csv", "flow", {"skip": 2}, None, "holds times"),
    ("10", "station.dat", "Flow_Avg", {"skip": (1, 3, 4)}, None, "'RECORD' rises by 1"),
    ("13", "log.csv", "flow", {"na": ("-9999", "-999.9"), "fill": "previous"}, None, ""),
    ("15", "us.csv", "flow", {"time": "t_ns"}, "1,000", ""),
    ("15", "ms.csv", "flow", {"time": "t_ns"}, "1,000,000", ""),
    ("15", "big.csv", "flow", {}, None, "'id' rises by 7"),
    ("20", "log.csv", "flow", {"thousands": " "}, None, "numbers: every cell ends in '°C'"),
    ("20", "log.csv", "temp", {"thousands": " "}, None, "'hum' is read as numbers"),
    ("22", "log.csv", "flow", {"fill": "previous"}, None, "50 empty records"),
    ("26", "log.csv", "flow", {}, None, "'epoch' rises by 60"),
    ("27", "log.csv", "1", {"header": False}, None, ""),
    ("29", "log.csv.gz", "flow", {}, None, ""),
    ("29", "log.zip", "flow", {}, None, ""),
    ("31", "log.csv", "flow", {"time": ("Date", "Time")}, "00:10:00", ""),
    ("33", "log.csv", "flow", {"time": "time"}, "00:01:00.001534", "give or take"),
    ("43", "month.csv", "flow", {"time": "month"}, "a month", ""),
    ("43", "business.csv", "flow", {"time": "day"}, "a business day", ""),
]


@pytest.mark.parametrize(("case", "file", "target", "options", "says"), REFUSED)
def test_it_is_refused_with_what_helps(monkeypatch, case, file, target, options, says):
    monkeypatch.chdir(CASES / case)
    with pytest.raises(DataError) as caught:
        Forecast.from_csv(file, target, **options)
    assert says in str(caught.value)


@pytest.mark.parametrize(("case", "file", "target", "options", "step", "says"), READ)
def test_it_is_understood_and_said(monkeypatch, case, file, target, options, step, says):
    monkeypatch.chdir(CASES / case)
    task = Forecast.from_csv(file, target, **options)
    assert task.step == step
    assert says in "\n".join(task.remarks)
