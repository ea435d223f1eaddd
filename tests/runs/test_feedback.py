import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.runs.beyond import Feed, forecast_beyond
from cellcolony.runs.forecasting import forecast_rows
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.table_files import load_table
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


def untrained(task, residual=True):
    """Return what `forecast_beyond` takes before the data: a network with drawn weights."""
    names = task.columns.inputs
    network = fixed_network(["gru"], len(names), len(task.columns.targets), input_names=names)
    return draw_weights(network, np.random.default_rng(0)), task.transform, residual


def timed(frame, freq="10min"):
    return frame.assign(when=pd.date_range("2024-03-05", periods=len(frame), freq=freq))


@pytest.mark.filterwarnings("ignore::cellcolony.errors.TrainingRangeWarning")
@pytest.mark.parametrize("horizon", [1, 3])
def test_rows_that_follow_have_their_times_and_the_calendar_of_those(frame, horizon):
    table = timed(frame, "3h")
    task = Forecast.from_frames(table, ["wave", "other"], time="when", horizon=horizon)
    assert "hour sine" in task.columns.inputs
    start, known = untrained(task), table.iloc[:100]
    future = forecast_beyond(Feed(*start), known, 9)
    assert list(future) == ["when", "wave", "other"]
    assert future["when"].tolist() == table["when"][100:109].tolist()
    assert future.index.tolist() == list(range(100, 109))
    rows = known
    while len(rows) < 109:
        made_from = rows.iloc[: len(rows) - horizon + 1]
        line = forecast_rows(*start, made_from).iloc[[-1]]
        line.columns = task.columns.targets
        line = line.assign(when=table["when"].iloc[len(rows)])
        rows = pd.concat([rows, line[list(rows.columns)]], ignore_index=True)
    columns = ["wave", "other"]
    np.testing.assert_allclose(future[columns], rows.iloc[100:][columns], rtol=1e-5)


@pytest.mark.parametrize("every", [None, "20min"])
def test_each_series_of_a_file_goes_on(frame, tmp_path, every):
    one, other = timed(frame), timed(frame.sample(frac=1, random_state=0)).iloc[:150]
    table = pd.concat([one.assign(pump="b"), other.assign(pump="a")]).sample(frac=1, random_state=1)
    table = table.sort_values("when", kind="stable")
    options = {"time": "when", "calendar": False, "every": every}
    task = Forecast.from_frames(table, ["wave", "other"], series="pump", **options)
    start = untrained(task)
    path = tmp_path / "pumps.csv"
    table.to_csv(path, index=False)
    future = forecast_beyond(Feed(*start), load_table(path), 3)
    assert list(future) == ["pump", "when", "wave", "other"]
    first = table["pump"].iloc[0]
    assert future["pump"].tolist() == [first] * 3 + [{"a": "b", "b": "a"}[first]] * 3
    for name, rows in (("b", one), ("a", other)):
        own = future[future["pump"] == name]
        alone = forecast_beyond(Feed(*start), rows.assign(pump=name), 3)
        assert own.index.tolist() == alone.index.tolist()
        assert own["when"].astype(str).tolist() == alone["when"].astype(str).tolist()
        np.testing.assert_allclose(own[["wave", "other"]], alone[["wave", "other"]], rtol=1e-6)
    if every is not None:
        rows = forecast_rows(*start, table)
        assert rows.index.names == ["pump", "when"]
        assert len(rows.loc["a"]) == 75
    far = Forecast.from_frames(table, ["wave", "other"], series="pump", horizon=2, **options)
    short = pd.concat([one.assign(pump="b"), other.iloc[:1].assign(pump="a")])
    with pytest.raises(DataError, match=r"Series a has 1 rows\. Give at least 2, the horizon"):
        forecast_beyond(Feed(*untrained(far)), short, 3)
