"""Intervals along a stream hold what is asked for, and know no error before its time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.errors import ConfigError
from cellcolony.runs.conformal.adaptive import (
    check_level,
    fewest,
    half_widths,
    quantile_rank,
)

LEVELS = (0.5, 0.8, 0.9, 0.95)


def noise(n, seed=0, scale=1.0):
    return np.random.default_rng(seed).normal(0, scale, n)


def halves(calibration, errors, level=0.9, horizon=1, rows=None):
    rows = np.arange(horizon, horizon + len(errors)) if rows is None else rows
    return half_widths(calibration, errors, rows, horizon, [level]).half[:, 0]


@pytest.mark.parametrize("level", LEVELS)
def test_noise_that_stays_as_it_was_lies_within_as_often_as_asked(level):
    errors = noise(4_000, 1)
    covered = (np.abs(errors) <= halves(noise(900), errors, level)).mean()
    assert covered == pytest.approx(level, abs=0.015)


@pytest.mark.parametrize("level", LEVELS)
def test_noise_that_trebles_lies_within_as_often_as_asked_soon_after(level):
    errors = np.concatenate([noise(1_000, 1), noise(3_000, 2, 3.0)])
    found = halves(noise(900), errors, level, horizon=5)
    covered = (np.abs(errors) <= found)[1_200:].mean()
    assert covered == pytest.approx(level, abs=0.02)
    fixed = np.quantile(np.abs(noise(900)), level)
    assert (np.abs(errors) <= fixed)[1_200:].mean() < level - 0.2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_no_error_counts_before_its_row_has_come(changed, horizon, seed):
    errors = noise(80, seed)
    other = errors.copy()
    other[changed] += 50.0
    before, after = halves(noise(40), errors, 0.8, horizon), halves(noise(40), other, 0.8, horizon)
    np.testing.assert_array_equal(before[: changed + horizon], after[: changed + horizon])
    assert (before[changed + horizon :] != after[changed + horizon :]).any()


def test_rows_that_are_not_scored_delay_what_is_known():
    errors = noise(30)
    rows = np.arange(30) * 10  # only every tenth row is scored
    found = halves(noise(40), errors, horizon=12, rows=rows)
    np.testing.assert_array_equal(found[:2], found[0])
    assert found[2] != found[0]


def test_where_no_error_is_ever_known_intervals_stay_as_validation_has_made_them():
    found = halves(noise(900), np.full(50, np.nan))
    assert len(set(found.tolist())) == 1
    assert 1.2 < found[0] < 2.4
    np.testing.assert_array_equal(found, halves(noise(900), np.full(50, np.inf)))


def test_forecasts_without_an_error_have_intervals_without_a_width():
    assert not halves(np.zeros(50), np.zeros(50)).any()


def test_a_quantile_counts_one_more_than_there_are():
    sizes = sorted(np.abs(noise(200)).tolist())
    expected = np.quantile(sizes, 201 * 0.9 / 200, method="inverted_cdf")
    assert sizes[quantile_rank(200, 0.9) - 1] == expected
    assert [quantile_rank(19, level) for level in (0.95, 1.2, -0.1)] == [19, 19, 1]


def test_several_levels_at_once_are_each_as_alone():
    rows = np.arange(1, 301)
    together = half_widths(noise(100), noise(300, 1), rows, 1, LEVELS)
    for i, level in enumerate(LEVELS):
        alone = half_widths(noise(100), noise(300, 1), rows, 1, [level])
        np.testing.assert_array_equal(together.half[:, i], alone.half[:, 0])
        np.testing.assert_array_equal(together.recent, alone.recent)
    np.testing.assert_array_equal(
        half_widths(noise(100), noise(300, 1), rows, 1, ()).recent, together.recent
    )


def test_a_share_takes_so_many_errors():
    assert [fewest(level) for level in (0.5, 0.8, 0.9, 0.95, 0.99)] == [1, 4, 9, 19, 99]


@pytest.mark.parametrize("level", [0, 1, -0.5, 90, 1.0, True, "0.9", float("nan")])
def test_a_share_that_cannot_be_is_refused_with_the_cure(level):
    with pytest.raises(ConfigError, match=r"above 0 and below 1, such as 0.9. Got"):
        check_level(level)
