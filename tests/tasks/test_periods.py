import numpy as np
import pytest

from cellcolony.tasks.periods import LONGEST_PERIOD, autocorrelation, find_periods


def season(n_rows: int, period: int, noise: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    drift = 0.02 * rng.normal(size=n_rows).cumsum()
    return np.sin(2 * np.pi * np.arange(n_rows) / period) + noise * rng.normal(size=n_rows) + drift


@pytest.mark.parametrize("period", [7, 12, 24, 48, 144])
def test_a_period_is_found_to_the_row_in_noise_as_large_as_itself(period):
    assert find_periods([season(4_000, period)], 600) == (period,)


def test_a_day_and_a_week_of_hours_are_both_found():
    hours = np.arange(4_000)
    is_weekend = (hours // 24) % 7 >= 5
    counts = np.sin(2 * np.pi * hours / 24) * np.where(is_weekend, -0.5, 1.0)
    counts += 0.3 * np.random.default_rng(0).normal(size=4_000)
    assert find_periods([counts], 600) == (24, 168)


@pytest.mark.parametrize("seed", range(8))
def test_neither_noise_nor_a_random_walk_nor_a_short_memory_has_a_period(seed):
    noise = np.random.default_rng(seed).normal(size=2_500)
    memory = np.zeros(2_500)
    for t in range(1, 2_500):
        memory[t] = 0.95 * memory[t - 1] + noise[t]
    for values in (noise, noise.cumsum(), noise.cumsum().cumsum(), memory):
        assert find_periods([values], 300) == ()


def test_several_files_tell_a_period_together():
    files = [season(500, 24, seed=seed) for seed in range(8)]
    assert find_periods(files, 50) == (24,)


def test_few_rows_and_rows_that_are_all_the_same_have_no_period():
    assert find_periods([np.arange(6.0)], 12) == ()
    assert find_periods([np.zeros(300)], 30) == ()
    assert find_periods([np.array([1.0]), season(30, 7)], 12) == ()


def test_a_period_is_no_longer_than_what_is_of_use():
    values = season(20_000, 2_000, noise=0.1)
    assert find_periods([values], 20_000) == ()
    assert find_periods([season(4_000, 48)], 40) == ()
    assert LONGEST_PERIOD < 2_000


def test_the_autocorrelation_is_that_of_its_definition():
    from scipy.signal import detrend

    values = detrend(season(200, 10))
    found = autocorrelation([season(200, 10)], 20)
    for lag in (0, 1, 10, 20):
        a, b = values[: 200 - lag], values[lag:]
        assert found[lag] == pytest.approx((a * b).sum() / ((a**2).sum() + (b**2).sum()) * 2)
