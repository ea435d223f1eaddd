"""Every measure of a forecast, against scikit-learn and by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.scores import MEASURES, score

NAIVE = np.array([2.0, 0.5])


def scored(truth, predicted, naive=NAIVE):
    counts = np.ones(len(truth), bool)
    return score(("a", "b"), [predicted], [truth], [counts], naive)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 50))
def test_measures_are_those_of_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    truth = rng.normal(100, 1, (n, 2))
    predicted = truth + rng.normal(0, 1, (n, 2))
    found = scored(truth, predicted)
    for ours, theirs in (
        (found.mae, metrics.mean_absolute_error),
        (found.mse, metrics.mean_squared_error),
        (found.rmse, metrics.root_mean_squared_error),
        (np.array(found.mape, float) / 100, metrics.mean_absolute_percentage_error),
        (np.array(found.r2, float), metrics.r2_score),
    ):
        np.testing.assert_allclose(ours, theirs(truth, predicted, multioutput="raw_values"))
    np.testing.assert_allclose(np.array(found.mase, float), np.array(found.mae) / NAIVE)


def test_persistence_on_the_training_rows_has_a_mase_of_1_at_the_horizon_of_the_forecast():
    y = np.cumsum(np.random.default_rng(1).normal(size=200))
    task = Forecast.from_frames(pd.DataFrame({"y": y}), "y", horizon=3)
    (piece,) = task.splits["train"]
    steps = np.abs(y[3 : piece.stop] - y[: piece.stop - 3])
    assert task.naive == pytest.approx(steps.mean())
    found = task.score("valid", task.base("valid"))
    assert found.mase[0] == pytest.approx(found.mae[0] / steps.mean())


def test_an_error_in_percent_is_left_out_where_a_target_is_near_zero():
    truth = np.array([[10.0, 10.0], [12.0, -10.0], [11.0, 0.5]])
    found = scored(truth, truth + 1)
    assert found.mape[0] == pytest.approx(100 * np.mean([1 / 10, 1 / 12, 1 / 11]))
    assert found.mape[1] is None
    assert [measure for target, measure, *_ in found.lines() if target == "b"] == [
        one for one in MEASURES if one != "mape"
    ]


def test_a_target_that_never_varies_has_no_r2_and_a_naive_error_of_zero_no_mase():
    truth = np.full((4, 2), 7.0)
    found = scored(truth, truth + 1, np.array([0.0, 1.0]))
    assert found.r2 == (None, None)
    assert found.mase == (None, 1.0)


def test_a_model_that_diverged_scores_no_finite_number_without_a_warning():
    truth = np.arange(1.0, 9).reshape(4, 2)
    found = scored(truth, np.full((4, 2), np.inf))
    assert found.rmse == (np.inf, np.inf)
    assert found.r2 == (-np.inf, -np.inf)
