"""Orders of rows in blocks."""

import numpy as np
import pytest

from cellcolony.runs.importance.shuffling import shuffled_rows

SCORED = np.arange(2_000) >= 1_500


def order_of(scored=SCORED, lag=0, seed=0):
    return shuffled_rows(scored, lag, np.random.default_rng(seed))


def test_rows_stay_on_their_side_of_the_first_scored_one():
    order = order_of()
    np.testing.assert_array_equal(np.sort(order[:1_500]), np.arange(1_500))
    np.testing.assert_array_equal(np.sort(order[1_500:]), np.arange(1_500, 2_000))


@pytest.mark.parametrize(("lag", "rows"), [(0, 16), (48, 96)])
def test_blocks_are_twice_as_long_as_the_longest_lag(lag, rows):
    order = order_of(np.ones(9_600, bool), lag)
    n_seams = np.count_nonzero(np.diff(order) != 1)
    assert n_seams == pytest.approx(9_600 / rows, rel=0.05)


def test_blocks_do_not_keep_the_time_of_day():
    moved = (order_of(np.ones(9_600, bool), 12) - np.arange(9_600)) % 24
    assert np.bincount(moved, minlength=24).max() < 9_600 / 8


def test_short_series_have_at_least_ten_blocks_or_a_row_each():
    for n_rows in (12, 40):
        order = order_of(np.ones(n_rows, bool), 48)
        assert np.count_nonzero(np.diff(order) != 1) >= 5
        np.testing.assert_array_equal(np.sort(order), np.arange(n_rows))
    for n_rows in (0, 1):
        np.testing.assert_array_equal(order_of(np.ones(n_rows, bool)), np.arange(n_rows))


def test_a_series_without_a_scored_row_is_shuffled_as_a_whole():
    np.testing.assert_array_equal(np.sort(order_of(np.zeros(50, bool))), np.arange(50))
