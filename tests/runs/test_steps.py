"""One network with an output for each step, and forecasts beyond the last row."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import main
from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.report.blocks import TableBlock
from cellcolony.report.sections.rivals import rivals
from cellcolony.runs.open import open_run
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import forecast

N = 360
KNOWN = ["price"]
pytestmark = pytest.mark.filterwarnings("ignore::cellcolony.errors.TrainingRangeWarning")


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    hours, price = np.arange(N), rng.normal(size=N)
    y = 10 + np.sin(hours / 24 * 2 * np.pi) + 0.5 * np.roll(price, 1) + 0.05 * rng.normal(size=N)
    when = pd.date_range("2024-01-01", periods=N, freq="h").strftime("%Y-%m-%d %H:%M")
    return pd.DataFrame({"when": when, "price": price, "y": y})


def evolved(table, horizon, out=None, rivals=()):
    task = Forecast.from_frames(table, "y", time="when", horizon=horizon)
    return forecast(task, (*rivals, ScoresStage())).run("2 networks", out=out)


@pytest.fixture(scope="module")
def several(table, tmp_path_factory):
    """A run of steps 1 to 4."""
    out = tmp_path_factory.mktemp("steps") / "run"
    rivals = RivalsStage(names=("persistence", "seasonal-persistence"))
    return evolved(table, "1..4", out, (rivals,))


@pytest.fixture(scope="module")
def single(table):
    """A run of one step."""
    return evolved(table, 1)


def future(table, n_known):
    """Return a table whose last rows have no target."""
    return table.assign(y=table["y"].where(np.arange(len(table)) < len(table) - n_known))


def test_each_step_has_an_output_that_is_trained_and_scored(several, table):
    outputs = ("y[t+1]", "y[t+2]", "y[t+3]", "y[t+4]")
    assert several.facts.targets == outputs
    assert several.facts.title == "Forecast of y, 1 to 4 rows ahead"
    assert {one.target for one in several.scores} == set(outputs)
    assert [node.name for node in several.best.outputs] == list(outputs)
    errors = [several.models[0].value("test", one) for one in outputs]
    predicted = several.predict(table)
    assert tuple(predicted.columns) == outputs
    task = several.config.facts
    first = N - task.summary.n_scored["test"] - 3  # whose nearest target is the first of the test
    for step, error in enumerate(errors, 1):
        truth = table["y"].to_numpy()[first - 1 + step : N - 4 + step]
        own = predicted[f"y[t+{step}]"].to_numpy()[first - 1 : N - 4]
        assert np.abs(own - truth).mean() == pytest.approx(error, rel=1e-5)


def test_plain_rivals_forecast_each_step(several, table):
    y = table["y"].to_numpy()
    rows = np.arange(N - several.facts.summary.n_scored["test"] - 4, N - 4)
    persistence = next(one for one in several.models if one.model == "persistence")
    seasonal = next(one for one in several.models if one.model.startswith("seasonal"))
    for step in (1, 4):
        target = f"y[t+{step}]"
        expected = np.abs(y[rows + step] - y[rows]).mean()
        assert persistence.value("test", target) == pytest.approx(expected)
        expected = np.abs(y[rows + step] - y[rows + step - 24]).mean()
        assert seasonal.value("test", target) == pytest.approx(expected)


def test_the_targets_of_a_scored_row_all_lie_in_its_split(table):
    task = Forecast.from_frames(table, "y", time="when", horizon="2..5")
    (piece,) = task.splits["valid"]
    (scored,) = task.scored("valid")
    rows = np.flatnonzero(scored)
    assert (rows[0] + 2, rows[-1] + 5) == (piece.start, piece.stop - 1)
    (truth,) = task.truth("valid")
    np.testing.assert_array_equal(truth[rows[0]], table["y"].to_numpy()[rows[0] + 2 : rows[0] + 6])


def test_a_report_has_the_table_of_the_steps_and_tells_of_the_first_and_last(several):
    titles = [one.title for one in rivals(several) if isinstance(one, TableBlock)]
    assert titles[0] == "Test MAE of y by step"
    assert [one.split(",")[0] for one in titles if one.startswith("Forecast")] == [
        "Forecast of y[t+1]", "Forecast of y[t+4]",
    ]  # fmt: skip


def test_a_run_of_several_steps_is_read_again(several, table):
    read = open_run(several.path)
    pd.testing.assert_frame_equal(
        read.predict(table, interval=0.8), several.predict(table, interval=0.8)
    )
    low, high = (f"y[t+4]_{end}" for end in ("low", "high"))
    assert (read.predict(table, interval=0.8).eval(f"`{high}` - `{low}`") > 0).all()


def test_steps_up_to_the_horizon_need_nothing_beyond_the_last_row(several, table):
    made = several.forecast(table, 4)["y"]
    np.testing.assert_allclose(made, several.predict(table).iloc[-1].to_numpy(), rtol=1e-6)


@pytest.mark.parametrize("horizon", ["single", "several"])
def test_known_columns_and_the_calendar_go_on(horizon, request, table):
    """By hand: each forecast row is written into the table, with what is known of it."""
    result = request.getfixturevalue(horizon)
    n_steps, block = 9, result.transform.horizon
    made = result.forecast(future(table, 20), n_steps, known=KNOWN)
    assert made.index.tolist() == list(range(N - 20, N - 20 + n_steps))
    rows = table.iloc[: N - 20].copy()
    while len(rows) < N - 20 + n_steps:
        predicted = result.predict(rows).iloc[-1].to_numpy()
        more = table.iloc[len(rows) : len(rows) + block].assign(y=predicted)
        rows = pd.concat([rows, more], ignore_index=True)
    expected = rows["y"].to_numpy()[N - 20 : N - 20 + n_steps]
    np.testing.assert_allclose(made["y"], expected, rtol=1e-4)


def test_intervals_beyond_are_around_each_forecast(single, table):
    made = single.forecast(future(table, 20), 10, known=KNOWN, interval=0.8)
    assert list(made) == ["when", "y", "y_low", "y_high"]
    assert (made["y_low"] < made["y"]).all()
    np.testing.assert_allclose((made["y_low"] + made["y_high"]) / 2, made["y"])
    with pytest.raises(RunError, match=r"for up to 10 steps beyond the last row. Got 40"):
        single.forecast(pd.concat([table, future(table, N)]), 40, known=KNOWN, interval=0.8)


def test_what_is_neither_a_target_nor_known_is_named_with_the_cure(single, several, table):
    with pytest.raises(ConfigError, match=r"'price' is none. If their values .* with `--known`"):
        single.forecast(table, 2)
    with pytest.raises(ConfigError, match=r"'price' is none"):
        several.forecast(table, 5)
    with pytest.raises(ConfigError, match=r"`known` names 'y', which goes on by itself"):
        single.forecast(table, 2, known=["y"])
    with pytest.raises(ConfigError, match=r"names 'what', which is no input.*may be: 'price'"):
        single.forecast(table, 2, known=["what"])


def test_steps_beyond_what_is_known_are_refused_with_how_many_there_may_be(single, several, table):
    with pytest.raises(DataError, match=r"known in 3 rows behind row 356, .* at most 4 steps"):
        single.forecast(future(table, 3), 9, known=KNOWN)
    with pytest.raises(DataError, match=r"known in 3 rows behind row 356, .* at most 4 steps"):
        several.forecast(future(table, 3), 9, known=KNOWN)
    with pytest.raises(DataError, match=r"No row has a value of 'y'"):
        single.forecast(future(table, N), 2, known=KNOWN)


@pytest.mark.parametrize("horizon", ["4..1", "3..3", "0..4", "1..2000"])
def test_a_range_that_cannot_be_is_refused(horizon, table):
    with pytest.raises(ConfigError, match=r"a range of up to 1,000 that rises.*such as 1..12"):
        Forecast.from_frames(table, "y", horizon=horizon)


def test_a_horizon_beyond_the_file_says_how_many_rows_it_takes(table):
    with pytest.raises(DataError, match="too few rows, 360"):
        Forecast.from_frames(table, "y", time="when", horizon="1..300")


def test_live_rows_give_the_forecast_of_every_step(several, table):
    stepper = several.stepper()
    assert stepper.targets == ("y[t+1]", "y[t+2]", "y[t+3]", "y[t+4]")
    live = [stepper.step(row) for row in table.iloc[:40].to_dict("records")]
    np.testing.assert_array_equal(np.array(live), several.predict(table.iloc[:40]))


def test_an_export_forecasts_every_step_too(several, table, tmp_path):
    for form in ("c", "numpy"):
        assert main(["export", str(several.path), "--to", form, "--out", str(tmp_path)]) == 0
    assert "model_n_targets = 4" in (tmp_path / "model.h").read_text()
    space: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text(), space)
    rows = several.transform.prepare(table.iloc[:30], False).inputs
    assert rows.shape == (30, len(space["INPUTS"]))
    assert len(space["TARGETS"]) == 4
