import numpy as np
import pytest

from cellcolony.runs.intervals import block_length, holm, margins, resampled_means
from cellcolony.tasks.stretches import error_sums, rows_each


def rng(seed=0):
    return np.random.default_rng(seed)


def remembering(n: int, memory: float, seed: int) -> np.ndarray:
    noise, values = rng(seed).normal(size=n), np.zeros(n)
    for t in range(1, n):
        values[t] = memory * values[t - 1] + noise[t]
    return values


def margin(difference, n_rows=None, least_block=1):
    own = np.full(len(difference), 9.0)
    others = {"ridge": (own - difference)[:, None]}
    n_rows = n_rows or len(difference)
    (found,) = margins(own[:, None], others, ["y"], n_rows, least_block, rng())
    return found


def test_a_margin_lies_in_the_middle_of_its_interval_and_below_0_if_our_own_errors_are_smaller():
    found = margin(rng().normal(-0.5, 1.0, 800))
    assert (found.model, found.target) == ("ridge", "y")
    assert found.difference == pytest.approx((found.low + found.high) / 2)
    assert found.low < found.high < 0
    assert found.p_value < 0.01
    assert found.is_sure


def test_the_interval_of_independent_rows_is_the_usual_one():
    values = rng(1).normal(0.02, 1.0, 900)
    found = margin(values)
    usual = 1.96 * values.std() / np.sqrt(900)
    assert found.high - found.difference == pytest.approx(usual, rel=0.12)


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_where_two_models_are_equal_the_interval_holds_0_about_95_times_in_a_hundred(memory):
    values = [remembering(600, memory, seed) for seed in range(100)]
    held = sum(one.low <= 0 <= one.high for one in map(margin, values))
    assert held >= 86  # a block bootstrap is a little too sure where rows remember much


def test_rows_that_remember_make_the_interval_wider_than_the_same_rows_shuffled():
    values = remembering(900, 0.9, 0)
    shuffled = rng(2).permutation(values)
    widths = [one.high - one.low for one in map(margin, (values, shuffled))]
    assert widths[0] > 2 * widths[1]


def test_blocks_are_as_long_as_the_period_but_the_split_is_cut_into_eight_or_more():
    values = rng().normal(size=800)
    assert margin(values, least_block=48).block == 48
    assert margin(values, least_block=500).block == 100
    assert margin(values, n_rows=1_600, least_block=48).block == 48  # stretches of two rows


def test_a_p_value_below_5_percent_is_an_interval_without_0():
    for seed in range(30):
        found = margin(rng(seed).normal(0.08, 1.0, 500))
        assert (found.p_value <= 0.05) == (found.low > 0 or found.high < 0)


def test_a_model_that_diverged_has_no_margin():
    own = np.ones((50, 1))
    others = {"bad": np.full((50, 1), np.inf), "worse": np.full((50, 1), np.nan)}
    assert margins(own, others, ["y"], 50, 1, rng()) == ()


def test_equal_models_and_a_single_row_differ_by_nothing():
    found = margin(np.zeros(40))
    assert (found.difference, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert margin(np.zeros(1)).p_value == 1.0


def test_resamples_in_blocks_of_one_have_the_spread_of_independent_draws():
    values = rng().normal(size=400)
    means = resampled_means(values, 1, rng())
    assert means.mean() == pytest.approx(values.mean(), abs=0.005)
    assert means.std() == pytest.approx(values.std() / 20, rel=0.05)


def test_blocks_are_longer_where_rows_remember_longer():
    lengths = [
        np.mean([block_length(remembering(1_000, memory, seed)) for seed in range(5)])
        for memory in (0.0, 0.5, 0.9)
    ]
    assert lengths[0] < lengths[1] < lengths[2]
    assert lengths[0] < 6


def test_holm_multiplies_the_smallest_by_their_number_and_never_turns_the_order():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_error_sums_are_those_of_scored_rows_in_their_order():
    predictions = [np.array([[1.0], [2.0], [np.nan]]), np.array([[5.0]])]
    truths = [np.array([[0.0], [4.0], [0.0]]), np.array([[5.5]])]
    counts = [np.array([True, True, False]), np.array([True])]
    assert error_sums(predictions, truths, counts).tolist() == [[1.0], [2.0], [0.5]]
    many = [np.arange(2_500.0)[:, None]], [np.zeros((2_500, 1))], [np.ones(2_500, bool)]
    sums = error_sums(*many)
    assert rows_each(2_500) == 3
    assert sums.shape == (834, 1)
    assert sums[0, 0] == 0 + 1 + 2
    assert sums.sum() == np.arange(2_500).sum()
