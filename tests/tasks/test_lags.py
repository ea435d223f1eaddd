import numpy as np
import pandas as pd

from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.lags import LagMenu
from tests.tasks.files import frame
from tests.tasks.test_periods import season


def test_the_menu_is_as_long_as_a_tenth_of_the_rows_and_never_below_twelve():
    noise = [[np.random.default_rng(0).normal(size=700)]]
    assert LagMenu.of(noise, 50).lags == (1, 4, 12)
    assert LagMenu.of(noise, 300).lags == (1, 4, 12, 24)
    assert LagMenu.of(noise, 5_000).lags == (1, 4, 12, 24, 48)


def test_the_periods_of_all_targets_join_the_menu():
    targets = [[season(3_000, 31)], [season(3_000, 100)]]
    menu = LagMenu.of(targets, 3_000)
    assert menu == LagMenu((1, 4, 12, 24, 31, 48, 100), (31, 100))
    assert menu.history == 100


def test_a_task_scores_rows_with_as_many_earlier_rows_as_its_longest_lag():
    train, test = (pd.DataFrame({"y": season(n, 100, seed=n)}) for n in (3_000, 1_500))
    task = Forecast.from_frames(train, "y", test=test)
    assert task.lags.periods == (100,)
    assert np.flatnonzero(task.scored("test")[0]).tolist() == list(range(100, 1_499))
    assert np.flatnonzero(task.scored("valid")[0])[0] == 2_549  # a whole file lies before them
    assert (task.summary().periods, task.summary().history) == ((100,), 100)


def test_periods_are_found_without_looking_at_validation_and_test():
    table = pd.DataFrame({"y": season(3_000, 100)})
    other = table.copy()
    other.loc[2_100:, "y"] = np.random.default_rng(1).normal(size=900)
    a, b = (Forecast.from_frames(one, "y") for one in (table, other))
    assert a.lags == b.lags


def test_the_rows_that_count_are_part_of_the_fingerprint():
    task = Forecast.from_frames(frame(1_000), "y")
    assert task.lags.history == 48
    from dataclasses import replace

    assert replace(task, lags=LagMenu()).fingerprint != task.fingerprint
