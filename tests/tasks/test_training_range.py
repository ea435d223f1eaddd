"""New data beyond the range of the training rows: what is kept of it, and what is found."""

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import ConfigError
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.training_range import Departure, TrainingRange
from cellcolony.tasks.transform import Transform


def frame(n_rows=200):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.uniform(0, 10, n_rows), "y": rng.uniform(-1, 1, n_rows)})


@pytest.fixture
def task():
    return Forecast.from_frames(frame(), "y", fill="previous")


def departures(transform, table):
    return transform.prepare(table, True).departures


def test_the_range_is_that_of_the_training_rows_alone():
    table = frame()
    table.loc[150:, "a"] = 1000.0  # validation and test
    kept = Forecast.from_frames(table, "y").transform.input_range
    assert kept is not None
    assert kept.highest[0] == table["a"][:140].max() < 10
    assert kept.lowest.tolist() == table[:140].min().tolist()


def test_values_within_a_twentieth_of_the_range_are_not_told(task):
    low, high = (getattr(task.transform.input_range, end)[0] for end in ("lowest", "highest"))
    table = frame(20)
    table.loc[3, "a"] = high + 0.049 * (high - low)
    table.loc[4, "a"] = low - 0.049 * (high - low)
    assert departures(task.transform, table) == ()
    table.loc[3, "a"] = high + 0.051 * (high - low)
    (found,) = departures(task.transform, table)
    assert found == Departure("a", 1, float(table["a"].iloc[3]), low, high)
    assert found.ranges == pytest.approx(0.051)


def test_the_farthest_value_is_told_with_how_many_lie_outside(task):
    table = frame(20)
    table.loc[3:5, "a"] = 30.0
    table.loc[7, "a"] = -50.0
    table.loc[9, "y"] = 5.0
    a, y = departures(task.transform, table)
    assert (a.column, a.n_rows, a.farthest) == ("a", 4, -50.0)
    assert (y.column, y.n_rows, y.farthest) == ("y", 1, 5.0)


def test_a_column_that_was_constant_is_left_by_any_other_value():
    own = TrainingRange(np.zeros(1), np.zeros(1))
    (found,) = own.departures({"a": np.array([0.0, 1e-9])}, ["a"])
    assert found.n_rows == 1
    assert found.ranges == np.inf


def test_a_range_survives_the_settings_of_a_run(task):
    plain = task.transform.to_dict()
    again = Transform.from_dict(plain)
    assert again.to_dict() == plain
    assert departures(again, frame() * 3) == departures(task.transform, frame() * 3)


def test_a_transform_of_an_earlier_version_has_no_range_and_tells_nothing(task):
    plain = task.transform.to_dict()
    older = {key: plain[key] for key in plain if key not in ("input_lowest", "input_highest")}
    again = Transform.from_dict(older)
    assert again.input_range is None
    assert departures(again, frame() * 100) == ()
    assert again.to_dict() == older


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"input_lowest": None}, "0 lowest, 2 highest"),
        ({"input_highest": [1.0]}, "2 lowest, 1 highest"),
        ({"input_lowest": [1e30, 0.0]}, "must not be above"),
        ({"input_lowest": [1e300, 0.0]}, "`input_lowest` must be at most"),
        ({"input_highest": "x"}, "`input_highest` must be"),
    ],
)
def test_a_range_that_cannot_be_is_refused(task, changed, says):
    plain = {**task.transform.to_dict(), **changed}
    plain = {key: value for key, value in plain.items() if value is not None}
    with pytest.raises(ConfigError, match=says):
        Transform.from_dict(plain)
