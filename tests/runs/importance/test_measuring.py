"""What a network relies on is found where it is known."""

from concurrent.futures import CancelledError
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.runs.importance import measuring
from cellcolony.runs.importance import probe as probing
from cellcolony.runs.importance.measuring import measure
from cellcolony.runs.importance.reliance import FROZEN, LAG, SHUFFLED, UNPLUGGED, Reliance
from tests.runs.importance.networks import frame, lawful, recurrent, task

TASK = task("y")


def measured(network, data=TASK, seed=0, residual=False, **more):
    options = {"draws": 3, "tolerance": 0.01, **more}
    return measure(data, network, residual, np.random.default_rng(seed), **options)


def share(one):
    assert one.relative is not None
    return one.relative


def of(kind, found):
    return [one for one in found if one.kind == kind]


def test_columns_are_ranked_by_what_they_say():
    a, b, faint = of(SHUFFLED, measured(lawful()))
    assert [one.column for one in (a, b, faint)] == ["a", "b", "faint"]
    assert share(a) > share(b) > 1 > share(faint)
    # y is 2 a + b + noise of 0.1: in the mean |2 a - 2 a'| is 2 * 2 / sqrt(pi).
    assert a.rise == pytest.approx(4 / np.sqrt(np.pi), rel=0.2)


def test_what_is_read_at_one_lag_is_told_with_it():
    pairs = of(LAG, measured(lawful()))
    assert [(one.column, one.lag) for one in pairs] == [("a", 0), ("b", 3), ("faint", 0)]
    assert share(pairs[1]) > 1


def test_a_network_without_time_skips_from_columns_has_no_lags():
    network = lawful()
    weights = np.array([2.0, 0.05, 0.0], np.float32)
    plain = replace(network, recurrent_edges=network.recurrent_edges[:0], weights=weights)
    assert not of(LAG, measured(plain))


def test_a_sensor_that_is_unplugged_costs_what_its_variation_says():
    a, b, faint = of(FROZEN, measured(lawful()))
    assert [one.column for one in (a, b, faint)] == ["a", "b", "faint"]
    # y is 2 a + b + noise of 0.1: in the mean |2 a| is 2 * sqrt(2 / pi).
    assert a.rise == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.2)
    assert share(a) > share(b) > 1 > share(faint)


def test_columns_that_say_nothing_are_unplugged_and_others_are_not():
    assert [one.column for one in of(UNPLUGGED, measured(lawful(), tolerance=0.5))] == ["faint"]
    assert not of(UNPLUGGED, measured(lawful(), tolerance=0.0))
    every = of(UNPLUGGED, measured(lawful(), tolerance=1.0))
    assert [one.column for one in every] == ["faint"]  # each other column costs more than that


def test_unplugged_columns_stay_within_the_tolerance_together():
    for seed in range(5):
        found = of(UNPLUGGED, measured(recurrent(seed), tolerance=0.2))
        assert all(share(one) <= 0.2 for one in found)


def test_a_column_that_costs_too_much_with_those_before_is_passed_over(monkeypatch):
    costs = {(0,): 0.1, (1,): 0.2, (2,): 0.3, (0, 1): 0.9, (0, 1, 2): 0.9, (0, 2): 0.4}

    def errors(self, readings, *_, **__):
        columns = [tuple(sorted(one.column for one in reading)) for reading in readings]
        return np.array([[1 + costs.get(one, 0.0)] for one in columns])

    monkeypatch.setattr(measuring.Probe, "errors", errors)
    own = measuring._Measurement(
        measuring.Probe.of(TASK, lawful(), False), np.ones(1), passes=100, stop=None
    )
    found = list(own.unplugged(0.5, own.alone()))
    assert [one.column for one in found] == ["a", "faint"]
    assert [one.relative for one in found] == pytest.approx([0.1, 0.4])


def test_the_same_stream_gives_the_same_to_the_bit():
    assert measured(recurrent()) == measured(recurrent())
    assert measured(recurrent()) != measured(recurrent(), seed=1)


def test_the_test_split_is_not_touched():
    table = frame()
    other = table.copy()
    other.iloc[515:] = 7.0 + np.arange(85)[:, None]
    assert measured(recurrent(), task("y", table=table)) == measured(
        recurrent(), task("y", table=other)
    )


def test_shares_are_of_each_target_and_rises_the_mean_over_targets():
    one = measured(lawful())
    both = measured(lawful(2), task("y", "z"))
    for alone, of_two in zip(one, both, strict=True):
        assert of_two.column == alone.column
        assert of_two.relative == pytest.approx(alone.relative, rel=1e-3, abs=1e-6)
        assert alone.rise is not None
        assert of_two.rise == pytest.approx(50.5 * alone.rise, rel=1e-3, abs=1e-5)


def test_of_too_many_columns_those_with_the_largest_weights_are_shuffled(monkeypatch):
    monkeypatch.setattr(measuring, "MOST_COLUMNS", 2)
    found = of(SHUFFLED, measured(lawful()))
    assert [(one.column, one.rise is None) for one in found] == [
        ("a", False), ("b", False), ("faint", True),
    ]  # fmt: skip
    assert found[-1] == Reliance(SHUFFLED, "faint")


def test_long_data_have_fewer_draws_and_pairs(monkeypatch):
    asked = []
    errors = measuring.Probe.errors

    def counting(self, readings, *more, **options):
        asked.append(len(readings))
        return errors(self, readings, *more, **options)

    monkeypatch.setattr(measuring.Probe, "errors", counting)
    monkeypatch.setattr(probing, "MOST_STEPS", 0)
    monkeypatch.setattr(probing, "LEAST_PASSES", 3)
    measured(recurrent(), draws=50, tolerance=1.0)
    assert asked[:3] == [1, 3, 3]
    assert max(asked) <= 3


def test_a_network_without_a_finite_error_tells_nothing():
    network = lawful()
    assert network.weights is not None
    assert measured(network.with_weights(network.weights * 1e38)) == ()


def test_a_stop_flag_ends_it():
    with pytest.raises(CancelledError):
        measured(lawful(), stop=np.ones(1, np.uint8))
