"""Live rows: what a stepper forecasts row by row is what `predict` forecasts for all rows."""

import warnings

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import ConfigError, DataError, RunError, TrainingRangeWarning
from cellcolony.runs.live import LiveStepper
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.tasks.forecast import Forecast
from tests.export.cases import Case, random_case
from tests.runs.settings import forecast


@pytest.fixture(scope="module")
def result(task):
    return forecast(task, (EnsembleStage(),)).run("8 networks")


@pytest.fixture(scope="module")
def rows(frame):
    """10,000 rows within the range of those that were trained on."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {name: rng.uniform(frame[name].min(), frame[name].max(), 10_000) for name in frame}
    )


def live(it: Case) -> LiveStepper:
    return LiveStepper(it.network, it.transform, it.residual)


def told(stepper, rows: pd.DataFrame) -> np.ndarray:
    return np.array([stepper.step(row) for row in rows[list(stepper.columns)].to_numpy()])


@pytest.mark.parametrize("which", [None, 0, "ensemble"])
def test_ten_thousand_rows_give_what_predict_gives_to_the_bit_across_a_restart(
    result, rows, which, tmp_path
):
    number = result.front[0].number if which == 0 else which
    first = result.stepper(number)
    before = told(first, rows.iloc[:4_321])
    np.savez(tmp_path / "state.npz", **first.state())
    second = result.stepper(number)
    second.load(np.load(tmp_path / "state.npz"))
    after = told(second, rows.iloc[4_321:])
    expected = result.predict(rows, number).to_numpy()
    np.testing.assert_array_equal(np.concatenate([before, after]), expected)


@pytest.mark.parametrize("seed", range(6))
def test_networks_with_skips_and_cycles_give_it_too_with_and_without_residual_output(seed):
    it = random_case(seed)
    rows = it.rows(700, seed)
    stepper = live(it)
    np.testing.assert_array_equal(told(stepper, rows), it.expected(rows))
    stepper.reset()
    np.testing.assert_array_equal(told(stepper, rows.iloc[:9]), it.expected(rows.iloc[:9]))


def test_a_row_may_come_by_name_or_in_order(result, rows):
    by_name, in_order = result.stepper(), result.stepper()
    for _, row in rows[:3].iterrows():
        values = [row[name] for name in in_order.columns]
        expected = in_order.step(values)
        assert by_name.step({"unused": "text", **row}).tolist() == expected.tolist()


def test_a_row_that_cannot_be_is_refused_and_leaves_the_memory_as_it_was(result, rows):
    stepper, untouched = result.stepper(), result.stepper()
    good = dict(zip(stepper.columns, rows[list(stepper.columns)].to_numpy()[0], strict=True))
    name = stepper.columns[0]
    stepper.step(good)
    untouched.step(good)
    for bad, message in (
        ({**good, name: "seven"}, f"'{name}' holds 'seven', which is no number"),
        ({**good, name: "7"}, "which is no number"),
        ({**good, name: None}, "holds a missing value"),
        ({**good, name: float("inf")}, "infinite or beyond float32"),
        ({**good, name: 1e39}, "infinite or beyond float32"),
        ({}, f"no column '{name}'"),
        ([1.0], "must hold 2 values"),
        ([[1.0, 2.0]], "must hold 2 values"),
        (1.0, "must hold 2 values"),
        ([[1.0], 2.0], "which is no number"),
        ([1.0, "x"], "holds 'x', which is no number"),
        ([10**400, 1.0], "infinite or beyond float32"),
    ):
        with pytest.raises(DataError, match=message):
            stepper.step(bad)
    assert stepper.step(good).tolist() == untouched.step(good).tolist()


def test_a_state_that_is_none_is_refused_and_leaves_the_memory_as_it_was():
    it = random_case(3)
    stepper, rows = live(it), it.rows(5)
    told(stepper, rows)
    state = stepper.state()
    for bad, message in (
        ({}, "must hold the numbers `outputs`"),
        ({**state, "outputs": state["outputs"][:, 1:]}, "`outputs` of `state` must have shape"),
        ({**state, "memories": "text"}, "must hold the numbers `memories`"),
    ):
        with pytest.raises(ConfigError, match=message):
            stepper.load(bad)
    again = stepper.state()
    assert all((again[name] == state[name]).all() for name in state)


def test_gaps_are_filled_as_in_training_and_what_filled_them_is_in_the_state():
    it = random_case(4)
    transform = it.transform.__class__(**{**vars(it.transform), "fill": "previous"})
    it = it._replace(transform=transform)
    rows = it.rows(40)
    rows.loc[4:6, "column 0"] = np.nan
    rows.loc[20, "column 0"] = np.nan
    expected = it.expected(rows)
    stepper, next_one = live(it), live(it)
    before = told(stepper, rows.iloc[:6])
    next_one.load(stepper.state())
    after = told(next_one, rows.iloc[6:])
    np.testing.assert_array_equal(np.concatenate([before, after]), expected)
    with pytest.raises(DataError, match="no row before it has one"):
        told(live(it), rows.iloc[4:])


def test_gaps_that_were_filled_from_later_rows_cannot_be_filled_live():
    it = random_case(4)
    transform = it.transform.__class__(**{**vars(it.transform), "fill": "interpolate"})
    with pytest.raises(ConfigError, match="live rows have none yet"):
        live(it._replace(transform=transform))


def test_calendar_columns_come_from_a_date():
    times = pd.date_range("2024-01-01", periods=400, freq="h")
    wave = np.sin(np.arange(400) / 4)
    frame = pd.DataFrame({"at": times.astype(str), "wave": wave})
    result = forecast(Forecast.from_frames(frame, "wave", time="at"), ()).run("4 networks")
    assert result.transform.calendar is not None
    stepper = result.stepper()
    given = [stepper.step(row) for row in frame.iloc[:30].to_dict("records")]
    np.testing.assert_array_equal(given, result.predict(frame.iloc[:30]).to_numpy())
    with pytest.raises(DataError, match="no column 'at'"):
        stepper.step({"wave": 0.5})
    with pytest.raises(DataError, match="which is no date"):
        stepper.step({"wave": 0.5, "at": "noon"})


def test_a_column_that_leaves_its_training_range_is_told_once(result, rows):
    stepper = result.stepper()
    far = dict.fromkeys(stepper.columns, 1e4)
    with pytest.warns(TrainingRangeWarning, match="leaves its training range"):
        stepper.step(far)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stepper.step(far)


def test_only_a_forecast_has_a_stepper(result):
    with pytest.raises(RunError, match="no network 999"):
        result.stepper(999)
