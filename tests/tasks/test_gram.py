import numpy as np
import pytest
from numpy.testing import assert_allclose

from cellcolony.networks.series import Series
from cellcolony.tasks.rivals.gram import Lags, lagged, normal_equations


def series(n_rows: int, left_out: float, seed: int) -> Series:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(5.0, 1.0, (n_rows, 4)).astype(np.float32)
    targets = rng.normal(size=(n_rows, 2)).astype(np.float32)
    return Series(inputs, targets, rng.random(n_rows) >= left_out)


@pytest.mark.parametrize("left_out", [0.0, 0.1, 0.8])
@pytest.mark.parametrize(
    "lags", [Lags(1, 1, ()), Lags(5, 5, (0,)), Lags(2, 7, (1, 3)), Lags(1, 4, (2,))]
)
def test_the_sums_are_those_of_the_lagged_inputs_themselves(lags, left_out):
    some = [series(n_rows, left_out, n_rows) for n_rows in (60, 40, 9, 3)]
    rows = [np.flatnonzero(one.counts) for one in some]
    rows = [one[one >= lags.longest - 1] for one in rows]
    x = np.concatenate([lags.of(one.inputs, own) for one, own in zip(some, rows, strict=True)])
    y = np.concatenate([one.targets[own] for one, own in zip(some, rows, strict=True)])
    y = y.astype(np.float64)
    found = normal_equations(some, lags)
    about_x, about_y = x - x.mean(0), y - y.mean(0)
    assert_allclose(np.triu(found.gram), np.triu(about_x.T @ about_x), atol=1e-10)
    assert_allclose(found.moment, about_x.T @ about_y, atol=1e-10)
    assert_allclose(found.centre, x.mean(0))
    assert_allclose(found.level, y.mean(0))


def test_the_columns_of_fewer_lags_are_the_first_of_those_of_more():
    inputs, rows = np.random.default_rng(0).normal(size=(30, 3)), np.arange(10, 30)
    longest = Lags(4, 9, (1,)).of(inputs, rows)
    assert longest.shape == (20, Lags(4, 9, (1,)).n_columns(3)) == (20, 17)
    assert np.array_equal(longest[:, :6], Lags(2, 2, (1,)).of(inputs, rows))
    assert np.array_equal(longest[:, :13], Lags(4, 5, (1,)).of(inputs, rows))
    assert np.array_equal(longest[:, 12:], lagged(inputs[:, [1]], rows, 9)[:, 4:])
