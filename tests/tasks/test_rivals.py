import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cellcolony.errors import ConfigError
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import Lags, lagged
from cellcolony.tasks.rivals.ridge import fit_ridge, menu
from tests.tasks.files import frame

COAL = Path(os.environ.get("CELLCOLONY_DATA", "/nowhere")) / "coal"
FACTS = {1: (13, 0.01972), 4: (49, 0.01639), 12: (145, 0.01576)}
"""A9: of ridge by its lags the weights, and the MAE on burners 10 and 11, trained on 0 to 9."""
PERSISTENCE = 0.01999


def fixed(task, n_lags):
    """Return ridge on so many lags of every input, with a penalty of 1."""
    return fit_ridge(task, [Lags(n_lags, n_lags, ())], [1.0])


def test_the_plain_rivals_come_in_natural_order():
    assert rivals.names() == ("boosting", "persistence", "ridge", "seasonal-persistence")


def test_persistence_is_wrong_by_the_slope_of_a_ramp():
    table = pd.DataFrame({"y": np.arange(60.0) * 3})
    (found,) = rivals.compare(Forecast.from_frames(table, "y", horizon=2), ["persistence"])
    assert found.valid.mae == found.test.mae == (6.0,)
    assert found.test.mse == (36.0,)
    assert found.test.n_rows == 9


def test_ridge_finds_a_linear_recurrence_of_four_lags_where_one_lag_cannot():
    rng = np.random.default_rng(0)
    y = [0.3, -0.2, 0.5, 0.1]
    drive = rng.normal(size=3000)
    for t in range(4, 3000):
        y.append(0.5 * y[t - 1] - 0.4 * y[t - 2] + 0.3 * y[t - 4] + drive[t - 1])
    task = Forecast.from_frames(pd.DataFrame({"u": drive, "y": y}), "y", scale="zscore")
    one, four, twelve = (fixed(task, n_lags) for n_lags in (1, 4, 12))
    errors = [task.score("test", fitted.predict("test")).mae[0] for fitted in (one, four, twelve)]
    assert errors[0] > 0.2
    assert max(errors[1:]) < 0.01
    assert (one.n_weights, four.n_weights, twelve.n_weights) == (3, 9, 25)


@pytest.mark.parametrize("scale", ["minmax", "zscore", "none"])
@pytest.mark.parametrize("n_lags", [1, 4, 12])
def test_ridge_predicts_as_scikit_learn_does(scale, n_lags):
    from sklearn.linear_model import Ridge

    table = frame(300, columns=["a", "b", "y", "z"]).cumsum() + 1000
    task = Forecast.from_frames(table, ["y", "z"], inputs=["a", "y"], scale=scale)
    (train,), (test,) = task.series("train", False), task.series("test", False)
    rows = np.arange(n_lags - 1, len(train.inputs))
    model = Ridge(alpha=1.0).fit(lagged(train.inputs, rows, n_lags), train.targets[rows])
    every = np.arange(len(test.inputs))
    expected = task.unscale("test", [model.predict(lagged(test.inputs, every, n_lags))], False)
    fitted = fixed(task, n_lags)
    assert_allclose(fitted.predict("test")[0], expected[0], rtol=1e-6)
    assert fitted.n_weights == 2 * (2 * n_lags + 1)


def test_ridge_reads_the_lags_and_takes_the_penalty_that_validation_chooses():
    noise = np.random.default_rng(0).normal(size=3_000)
    y = noise.copy()
    for t in range(20, 3_000):
        y[t] += 0.9 * y[t - 20]
    task = Forecast.from_frames(pd.DataFrame({"y": y}), "y")
    found = rivals.RIVALS["ridge"](task)
    assert found.note == "24 lags"
    assert list(found.tried) == [
        "1 lag", "4 lags", "12 lags", *(f"{n} lags" for n in task.lags.lags[3:])
    ]  # fmt: skip
    error = task.score("valid", found.predict("valid")).mae[0]
    assert min(found.tried.values()) == found.tried["24 lags"] == pytest.approx(error)


def test_of_many_inputs_only_the_targets_are_read_far_back():
    table = frame(3_000, columns=["a", "b", "c", "y"])
    task = Forecast.from_frames(table, "y")
    assert [(one.every, one.longest) for one in menu(task, 70)] == [
        (1, 1), (4, 4), (4, 12), (4, 24), (4, 48)
    ]  # fmt: skip
    assert [(one.every, one.longest) for one in menu(task, 55)][-1] == (1, 48)
    without = Forecast.from_frames(table, "y", inputs=["a", "b", "c"])
    assert [(one.every, one.longest) for one in menu(without, 20)] == [(1, 1), (4, 4)]


def test_columns_that_depend_on_each_other_are_no_trouble():
    table = frame(400)
    table["twice"] = 2e6 * table["x"]
    task = Forecast.from_frames(table, "y", scale="none")
    (found,) = rivals.compare(task, ["ridge"])
    assert found.test.mae[0] < 1.5


def test_seasonal_persistence_looks_back_whole_periods_and_is_left_out_without_one():
    day = np.sin(2 * np.pi * np.arange(2_000) / 24)
    noise = 0.1 * np.random.default_rng(0).normal(size=2_000)
    for horizon in (1, 24, 30):
        task = Forecast.from_frames(pd.DataFrame({"y": day + noise}), "y", horizon=horizon)
        assert task.lags.periods == (24,)
        (found,) = rivals.compare(task, ["seasonal-persistence"])
        assert found.test.mae[0] < 0.2
        assert found.name == "seasonal-persistence (24 rows)"
    noise = Forecast.from_frames(frame(400), "y")
    assert "seasonal-persistence" not in rivals.names(noise)
    assert "seasonal-persistence" not in [one.name for one in rivals.compare(noise)]


def test_rivals_see_neither_validation_nor_test_when_they_are_fitted():
    table = frame(100)
    other = table.copy()
    other.loc[70:] += 50.0  # rows 70.. validate and test
    for n_lags in FACTS:
        a = fixed(Forecast.from_frames(table, "y"), n_lags).predict("train")
        b = fixed(Forecast.from_frames(other, "y"), n_lags).predict("train")
        assert_allclose(a[0], b[0])


def test_rivals_do_not_learn_from_filled_targets():
    table = frame(100)
    table["y"] = table["x"].shift(1, fill_value=0.0)
    table.loc[20:40, "y"] = np.nan
    (found,) = rivals.compare(Forecast.from_frames(table, "y", fill="previous"), ["ridge"])
    complete = table.drop(index=range(20, 41))
    (plain,) = rivals.compare(Forecast.from_frames(complete, "y"), ["ridge"])
    assert found.test.mae[0] < 2 * plain.test.mae[0]


def test_lags_reach_back_and_repeat_the_first_row_before_it():
    inputs = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    rows = np.array([0, 2])
    expected = [[1, 10, 1, 10, 1, 10], [3, 30, 2, 20, 1, 10]]
    assert lagged(inputs, rows, 3).tolist() == expected


def test_an_unknown_rival_answers_with_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'persistence'"):
        rivals.compare(Forecast.from_frames(frame(), "y"), ["persistance"])


@pytest.mark.skipif(not COAL.is_dir(), reason="needs the coal data, see CELLCOLONY_DATA")
def test_rivals_reach_the_known_errors_on_the_coal_data():
    task = Forecast.from_csv(
        str(COAL / "burner_[0-9].csv"), "Main_Flm_Int", test=str(COAL / "burner_1[01].csv")
    )
    assert task.summary().n_scored == {"train": 122_400, "valid": 21_600, "test": 28_704}
    persistence = task.score("test", task.base("test"))
    assert_allclose(persistence.mae[0], PERSISTENCE, rtol=0.01)
    assert persistence.n_rows == 28_704
    for n_lags, (n_weights, mae) in FACTS.items():
        fitted = fixed(task, n_lags)
        assert fitted.n_weights == n_weights
        assert_allclose(task.score("test", fitted.predict("test")).mae[0], mae, rtol=0.01)
