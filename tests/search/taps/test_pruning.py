"""Pruning takes the smallest weights away and nothing else; screening drops columns in halves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.networks.train import predict
from cellcolony.search.taps.blueprint import Blueprint, Layer
from cellcolony.search.taps.contender import Contender
from cellcolony.search.taps.pruning import pruned
from cellcolony.search.taps.screening import Screening, column_weights
from cellcolony.search.taps.weights import first_weights
from cellcolony.seeds import rng_for
from tests.search.taps.races import PROBLEM


def network(blueprint, seed=0):
    return first_weights(blueprint, PROBLEM, None, rng_for(0, seed, "weights"))


def weights_of(one):
    assert one.weights is not None
    return one.weights


WIDE = Blueprint((Layer("gru", 5), Layer("simple", 3)), ((0, 0), (1, 2), (2, 1)), ((0, 0), (0, 4)))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0.05, 0.9))
def test_a_pruned_network_has_lost_its_smallest_weights(seed, cut):
    before = network(WIDE, seed)
    after = pruned(before, cut)
    if after is None:
        return
    weight = dict(zip(before.edge_keys, np.abs(weights_of(before)), strict=False))
    kept = set(after.edge_keys)
    gone = set(weight) - kept
    assert kept < set(weight)
    assert after.live_weights.all()
    alive = {node.id for node in after.nodes}
    least = min(weight[key] for key in kept)
    for key in gone:
        if key[0] in alive and key[1] in alive:
            assert weight[key] <= least or weight[key] == 0
    names = [node.name for node in after.inputs]
    assert names == ["a", "b", "c"], "all columns stay listed"


def test_an_edge_that_the_loss_does_not_feel_goes_before_one_of_small_weight():
    before = network(WIDE)
    sizes = np.abs(weights_of(before))
    largest = int(sizes[: len(before.edge_keys)].argmax())
    rms = np.ones_like(sizes)
    rms[largest] = 0
    after = pruned(before, 1 / len(before.edge_keys), rms)
    assert after is not None
    assert set(before.edge_keys) - set(after.edge_keys) == {before.edge_keys[largest]}
    np.testing.assert_array_equal(
        weights_of(after), np.delete(weights_of(before), largest), strict=True
    )


def test_taking_away_edges_of_weight_0_changes_nothing():
    before = network(WIDE)
    weights = weights_of(before).copy()
    keys = before.edge_keys
    weights[[place for place, (_, target, _) in enumerate(keys) if target == 6]] = 0
    before = before.with_weights(weights)
    n = sum(target == 6 for _, target, _ in keys)
    after = pruned(before, n / len(keys))
    assert after is not None
    inputs = rng_for(0, 0, "inputs").normal(size=(50, 3)).astype(np.float32)
    assert len(after.edge_keys) <= len(keys) - n
    np.testing.assert_allclose(predict(after, inputs), predict(before, inputs), atol=1e-6)


def test_a_network_that_cannot_lose_more_is_left_alone():
    small = network(Blueprint((), (), ((0, 0), (1, 0), (2, 0))))
    assert pruned(small, 0.5) is None


def contender(blueprint, number=0, loss=1.0):
    return Contender(number, network(blueprint), blueprint, 1.0, rung=1, loss=loss)


def test_screening_keeps_the_columns_without_which_the_loss_rises():
    blueprint = Blueprint((Layer("simple", 4, ()),), ((0, 0), (1, 0), (2, 0)))
    screening = Screening.of(contender(blueprint), 0.005)
    number = 1
    while (tried := screening.next) is not None:
        screening = screening.sent(number)
        loss = 1.0 if 1 in tried.columns else 2.0
        screening = screening.told(contender(tried, number, loss))
        number += 1
    assert screening.columns == {1}
    assert number <= 5


def test_screening_never_drops_the_last_column_and_outlives_failures():
    blueprint = Blueprint((Layer("simple", 4, ()),), ((0, 0), (1, 0), (2, 0)))
    screening = Screening.of(contender(blueprint), 0.005)
    n = 0
    while (tried := screening.next) is not None:
        assert tried.columns
        screening = screening.sent(n).told(None if n == 0 else contender(tried, n, 1.0))
        n += 1
        assert n < 10
    assert len(screening.columns) < 3


def test_who_loses_its_linear_part_by_screening_is_no_longer_of_that_niche():
    started = Blueprint((Layer("simple", 4, ()),), ((0, 0),), ((1, 0),), from_linear=True)
    tried = Screening.of(contender(started), 0.005).sent(1).next
    assert tried is not None
    assert (tried.direct, tried.from_linear) == ((), False)


def test_screening_goes_on_behind_a_column_that_cannot_go():
    layered = Blueprint((Layer("simple", 4, ()),), ((0, 0),), ((1, 0), (2, 0)))
    screening = Screening.of(contender(layered), 0.005)
    n = 0
    while (tried := screening.next) is not None:
        screening = screening.sent(n).told(contender(tried, n, 1.0))
        n += 1
    assert screening.columns == {0}


def test_the_weight_of_a_column_is_that_of_all_its_edges():
    one = network(Blueprint((Layer("simple", 2, ()),), ((0, 0), (0, 3)), ((1, 1),)))
    weight = column_weights(one)
    of = dict(zip(one.edge_keys, np.abs(weights_of(one)), strict=False))
    assert weight[0] == pytest.approx(sum(w for (s, _, _), w in of.items() if s == 0), rel=1e-6)
    assert weight[2] == 0
