"""The look at the data finds the lags that a series was made of, and a run keeps it."""

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import ConfigError
from cellcolony.search.taps.view import linear_view
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.linear_view import from_dict, to_dict


@pytest.fixture(scope="module")
def task():
    rng = rng_for(0, 0, "view")
    n = 3_000
    a, b, c, idle = rng.normal(size=(4, n))
    y = np.zeros(n)
    for t in range(20, n):
        past = 0.5 * y[t - 1] + 0.8 * a[t - 6]
        y[t] = past + 0.6 * b[t - 12] * c[t - 4] + 0.1 * rng.normal()
    table = pd.DataFrame({"y": y, "a": a, "b": b, "c": c, "idle": idle})
    return Forecast.from_frames(table, "y")


@pytest.fixture(scope="module")
def view(task):
    return linear_view(task, residual=True)


def test_forward_selection_takes_the_lags_that_matter_first(view):
    assert set(view.path[:2]) == {(0, 0), (1, 5)}  # row t forecasts t + 1
    assert set(view.starts[0].taps) == {(0, 0), (1, 5)}


def test_a_product_of_two_lags_is_found_that_no_linear_model_sees(view):
    assert view.pairs == (((3, 3), (2, 11)),)
    assert {(3, 3), (2, 11)}.isdisjoint(view.path[:2])


def test_the_linear_start_forecasts_as_its_regression_does(task, view):
    start = view.starts[0]
    (series,) = task.series("train", True)
    rows = np.arange(200, len(series.inputs))
    columns = np.stack([series.inputs[rows - lag, column] for column, lag in start.taps], 1)
    design = np.concatenate([columns, np.ones((len(rows), 1))], 1)
    fitted = np.linalg.lstsq(design, series.targets[rows, 0], rcond=None)[0]
    np.testing.assert_allclose([w for (w,) in start.weights], fitted[:-1], atol=0.01)
    np.testing.assert_allclose(start.bias[0], fitted[-1], atol=0.01)


def test_chance_alone_gives_no_pairs_and_no_start():
    noise = rng_for(1, 0, "view").normal(size=(2_000, 3))
    task = Forecast.from_frames(pd.DataFrame(noise, columns=["y", "a", "b"]), "y")
    assert linear_view(task, residual=False).pairs == ()


def test_many_columns_are_looked_at_with_fewer_lags():
    noise = rng_for(2, 0, "view").normal(size=(400, 120))
    task = Forecast.from_frames(pd.DataFrame(noise, columns=[f"c{i}" for i in range(120)]), "c3")
    view = linear_view(task, residual=True)
    assert sum(view.lags) <= 2_500
    assert view.lags[3] >= view.lags[0] >= 2


def test_a_ridge_may_read_more_lags_of_a_column_than_were_looked_at():
    time = np.arange(4_000)
    noise = rng_for(3, 0, "view").normal(size=(2, 4_000))
    wave = np.sin(2 * np.pi * time / 150) + 0.3 * noise[0]
    task = Forecast.from_frames(pd.DataFrame({"y": wave, "a": noise[1]}), "y", horizon=6)
    assert task.lags.history >= 150
    view = linear_view(task, residual=True)
    for start in view.starts:
        assert all(lag < view.lags[column] for column, lag in start.taps)
    assert from_dict(to_dict(view), 2, 1) == view


def test_a_view_comes_back_from_plain_values(view):
    assert from_dict(to_dict(view), 5, 1) == view


@pytest.mark.parametrize(
    "change",
    [
        {"lags": [49] * 4},
        {"lags": [10**9] * 5},
        {"path": [[0, 500]]},
        {"path": [[9, 0]]},
        {"path": [[0, "1"]]},
        {"pairs": [[[0, 1]]]},
        {"visibility": [[0, 1, -0.5]]},
        {"visibility": [[0, 1, float("nan")]]},
        {"starts": [{"taps": [[0, 1]], "weights": [], "bias": [0.0]}]},
        {"starts": [{"taps": [[0, 1]], "weights": [[1.0, 2.0]], "bias": [0.0]}]},
        {"starts": [{"taps": [[0, 1]], "weights": [[float("inf")]], "bias": [0.0]}]},
        {"starts": [{"taps": [[0, 1], [0, 1]], "weights": [[1.0], [1.0]], "bias": [0.0]}]},
        {"starts": 3},
    ],
)
def test_a_forged_view_is_refused(view, change):
    with pytest.raises(ConfigError, match=r"\[task\.linear\] cannot be"):
        from_dict({**to_dict(view), **change}, 5, 1)
