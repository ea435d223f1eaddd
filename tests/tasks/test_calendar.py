import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import DataError
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.transform import Transform


def dated(n_rows: int, step: str, seed: int = 0) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=n_rows, freq=step)  # a Monday
    return pd.DataFrame({"when": dates, "y": np.random.default_rng(seed).normal(size=n_rows)})


def names(table: pd.DataFrame, **options) -> list[str]:
    task = Forecast.from_frames(table, "y", time="when", **options)
    return [name for name in task.columns.inputs if name != "y"]


def test_hours_tell_hour_and_weekday_and_after_a_year_the_month():
    day = ["hour sine", "hour cosine"]
    week = ["weekday sine", "weekday cosine"]
    year = ["month sine", "month cosine"]
    assert names(dated(100, "h")) == day
    assert names(dated(1_000, "h")) == day + week
    assert names(dated(800, "D")) == week + year
    assert names(dated(100, "7D")) == []
    assert names(dated(1_000, "h"), calendar=False) == []


def test_the_columns_are_those_of_the_row_that_is_forecast():
    table = dated(1_000, "h")
    task = Forecast.from_frames(table, "y", time="when", horizon=5)
    values = task.recordings[0].values
    at = pd.DatetimeIndex(table["when"]) + pd.Timedelta(hours=5)
    assert np.allclose(values["hour sine"], np.sin(2 * np.pi * at.hour / 24))
    assert np.allclose(values["weekday cosine"], np.cos(2 * np.pi * at.day_of_week / 7))


def test_new_data_get_the_same_columns_from_their_dates():
    table = dated(1_000, "h")
    task = Forecast.from_frames(table, "y", time="when")
    transform = Transform.from_dict(task.transform.to_dict())
    assert transform.calendar == task.transform.calendar
    found = transform.prepare(table, residual=True).inputs
    assert np.array_equal(found[:699], task.series("train", True)[0].inputs)
    with pytest.raises(DataError, match="when"):
        transform.prepare(table.drop(columns="when"), residual=True)
    broken = table.astype({"when": str})
    broken.loc[3, "when"] = "soon"
    with pytest.raises(DataError, match=r"soon.*is no time"):
        transform.prepare(broken, residual=True)


def test_a_file_that_has_such_a_column_keeps_its_own():
    table = dated(100, "h").assign(**{"hour sine": np.arange(100) % 7.0})
    assert names(table) == ["hour sine"]


def test_numbers_as_times_have_no_calendar():
    table = dated(100, "h").assign(when=np.arange(100) * 3600)
    assert names(table) == []


def test_the_same_rows_in_two_splits_are_refused_whatever_their_dates():
    table, later = dated(300, "h"), dated(300, "h")
    later["when"] += pd.Timedelta(hours=7)
    with pytest.raises(DataError, match="holds the same rows"):
        Forecast.from_frames(table, "y", valid=later, time="when")
