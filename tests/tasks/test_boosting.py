import numpy as np
import pandas as pd
import pytest

from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.boosting import fit_boosting, training_rows
from cellcolony.tasks.rivals.gram import Lags
from tests.tasks.files import frame

TWELVE = Lags(12, 12, ())


def test_boosting_learns_a_step_that_no_line_follows():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 1500)
    y = np.zeros(1500)
    y[1:] = np.where(np.abs(x[:-1]) > 0.5, 1.0, -1.0)
    task = Forecast.from_frames(pd.DataFrame({"x": x, "y": y}), "y")
    boosting, ridge = rivals.compare(task, ["boosting", "ridge"])
    assert boosting.test.mae[0] < 0.2 * ridge.test.mae[0]
    assert boosting.test.n_rows == ridge.test.n_rows
    assert boosting.n_weights > 0


def test_on_noise_boosting_stays_near_the_best_constant_that_validation_allows():
    task = Forecast.from_frames(frame(400), ["x", "y"])
    boosting, persistence = rivals.compare(task, ["boosting", "persistence"])
    assert all(np.array(boosting.valid.mae) <= np.array(persistence.valid.mae))


def test_too_many_rows_are_thinned_and_the_table_says_so(monkeypatch):
    task = Forecast.from_frames(frame(400), "y")
    n_numbers = 280 * 24
    x, y, step = training_rows(task.series("train", True), TWELVE, n_numbers // 3)
    assert step == 3
    assert len(x) == len(y) <= -(-n_numbers // 24 // 3)
    monkeypatch.setitem(
        rivals.RIVALS._members, "boosting", lambda t: fit_boosting(t, [TWELVE], 3000)
    )
    (found,) = rivals.compare(task, ["boosting"])
    assert found.name == "boosting (12 lags, fitted on 1 row in 3)"


@pytest.mark.parametrize("n_rows", [50, 60])
def test_few_rows_are_enough(n_rows):
    (found,) = rivals.compare(Forecast.from_frames(frame(n_rows), "y"), ["boosting"])
    assert np.isfinite(found.test.mae[0])


def test_two_rows_that_were_not_filled_are_enough():
    table = frame(100)
    table.loc[14:70, "y"] = np.nan
    task = Forecast.from_frames(table, "y", fill="previous")
    (boosting,) = rivals.compare(task, ["boosting"])
    assert np.isfinite(boosting.test.mae[0])


def test_boosting_fits_on_training_rows_alone_with_trees_chosen_on_validation():
    table = frame(200)
    other = table.copy()
    other.loc[170:, "y"] += 50.0  # the test rows
    a, b = (fit_boosting(Forecast.from_frames(t, "y"), [TWELVE]).predict("valid")
            for t in (table, other))  # fmt: skip
    assert np.array_equal(a[0], b[0])
