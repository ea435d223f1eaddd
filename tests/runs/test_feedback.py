import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import forecast


def evolved(frame, targets, horizon=1, **options):
    task = Forecast.from_frames(frame, targets, horizon=horizon, **options)
    return forecast(task).run("2 networks")


@pytest.fixture(scope="module", params=[1, 3])
def result(request, frame):
    return evolved(frame, ["other", "wave"], request.param)


def test_steps_equal_doing_it_by_hand(result, frame):
    known, horizon = frame.iloc[:120], result.transform.horizon
    rows = known
    while len(rows) < 120 + 8:  # the row that is `horizon` rows after the last but `horizon - 1`
        made_from = rows.iloc[: len(rows) - horizon + 1]
        row = result.predict(made_from).iloc[[-1]]
        row.columns = result.transform.targets
        rows = pd.concat([rows, row[list(rows.columns)]], ignore_index=True)
    future = result.forecast(known, 8)
    assert future.index.tolist() == list(range(120, 128))
    assert list(future) == ["other", "wave"]
    np.testing.assert_allclose(future, rows.iloc[120:][["other", "wave"]], rtol=1e-5)


def test_up_to_the_horizon_steps_are_the_last_predictions(result, frame):
    horizon = result.transform.horizon
    future = result.forecast(frame, horizon)
    np.testing.assert_allclose(future, result.predict(frame).iloc[-horizon:], rtol=1e-5)


def test_steps_take_another_network_of_the_front(result, frame):
    number = result.front[0].number
    assert len(result.forecast(frame, 2, number)) == 2
    with pytest.raises(RunError, match="no network 999"):
        result.forecast(frame, 2, 999)


def test_inputs_that_are_no_targets_are_named(frame):
    result = evolved(frame, ["wave"])
    with pytest.raises(ConfigError, match=r"every input must be a target, and 'other' is none"):
        result.forecast(frame, 2)


@pytest.mark.parametrize("steps", [0, -1, 1.5, True, "3"])
def test_steps_must_be_a_whole_number(result, frame, steps):
    with pytest.raises(ConfigError, match="`steps`"):
        result.forecast(frame, steps)


def test_fewer_rows_than_the_horizon_are_refused(frame):
    result = evolved(frame, ["wave"], horizon=3, inputs=["wave"])
    assert len(result.forecast(frame.iloc[:3], 4)) == 4
    with pytest.raises(DataError, match="at least 3"):
        result.forecast(frame.iloc[:2], 4)
