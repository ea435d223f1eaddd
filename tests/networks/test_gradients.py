"""The engine against its oracle, and its gradients against finite differences, in float64."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony.cells.lower.simd import VECTOR
from cellcolony.networks import batches as batching
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.layout import ALONE, FIRST, SECOND, lay_out
from cellcolony.networks.plan import plan
from tests.networks.gradients import Engine, assert_gradients_match, some_series
from tests.networks.oracle import CELLS, random_network, run

EVOLVED = "node_bias:mul(sigmoid(z3), tanh(add(mul(d, sigmoid(z2)), add(c, z1)>c)>d))"


@pytest.mark.parametrize("cell", [*CELLS, EVOLVED])
def test_gradients_of_every_cell_match_finite_differences(cell):
    rng = np.random.default_rng(3)
    network = fixed_network([cell], 3, 2, width=3, output_cell=cell, time_skips=(1, 2))
    network = draw_weights(network, rng)
    assert_gradients_match(network, batching.whole_series(some_series(rng, [11]), np.float64))


@pytest.mark.parametrize("seed", range(12))
def test_gradients_of_random_networks_match_over_whole_series_of_unequal_length(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    cut = batching.whole_series(some_series(rng, [9, 14]), np.float64)
    assert_gradients_match(network, cut)


def test_gradients_match_where_nodes_that_read_the_same_are_summed_two_at_once():
    rng = np.random.default_rng(4)
    network = draw_weights(fixed_network(["gru"], 3, 2, width=5, time_skips=(1, 2)), rng)
    cut = batching.side_by_side(some_series(rng, [60, 37, 21]), VECTOR, 5, np.float64)
    layout = lay_out(plan(network), cut.lanes, np.float64)
    hidden = [FIRST, SECOND, FIRST, SECOND, ALONE]
    assert layout.terms.pairs.tolist() == [*hidden, FIRST, SECOND]
    assert layout.pulls.pairs.tolist() == [*hidden, ALONE, ALONE]  # outputs lead nowhere
    assert_gradients_match(network, cut)


@pytest.mark.parametrize("seed", range(12))
def test_gradients_of_random_networks_match_in_windows_and_lanes_with_carried_state(seed):
    rng = np.random.default_rng(100 + seed)
    network = random_network(rng)
    cut = batching.side_by_side(some_series(rng, [60, 37, 21]), VECTOR, 5, np.float64)
    assert cut.n_windows > 1
    assert_gradients_match(network, cut)


def test_gradients_match_where_a_time_skip_is_longer_than_a_window_and_a_block():
    rng = np.random.default_rng(5)
    network = random_network(rng, max_skip=12, p_recurrent=0.05)
    cut = batching.for_scoring(some_series(rng, [20]), 5, np.float64)
    assert_gradients_match(network, cut)


@pytest.mark.parametrize("lanes", [1, VECTOR])
@pytest.mark.parametrize("block", [1, 2, 7])
def test_gradients_match_over_blocks_of_time_also_shorter_than_a_skip(lanes, block):
    rng = np.random.default_rng(6)
    network = random_network(rng, n_hidden=5, max_skip=4)
    series = some_series(rng, [16] * lanes)
    if lanes == 1:
        cut = batching.whole_series(series, np.float64)
    else:
        cut = batching.side_by_side(series, lanes, 16, np.float64)
    assert_gradients_match(network, cut, block)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("lanes", [1, VECTOR])
def test_the_engine_computes_what_the_oracle_computes(seed, lanes):
    rng = np.random.default_rng(200 + seed)
    network = random_network(rng, n_hidden=12)
    assert network.weights is not None
    series = some_series(rng, [23, 31, 17][: 3 if lanes > 1 else 1])
    if lanes == 1:
        cut = batching.for_scoring(series, 7, np.float64)
    else:
        cut = batching.side_by_side(series, lanes, 100, np.float64)
    engine = Engine(network, cut)
    theta = network.weights[network.live_weights].astype(np.float64)
    outputs = engine.predict(theta)
    weights = network.weights.astype(np.float64)
    for lane in range(lanes):
        for first in np.flatnonzero(cut.fresh[:, lane]):
            later = np.flatnonzero(cut.fresh[first + 1 :, lane])
            last = first + 1 + (later[0] if later.size else cut.n_windows - first - 1)
            xs = np.concatenate(
                [cut.inputs[w, : cut.n_steps[w], :, lane] for w in range(first, last)]
            )
            ys = np.concatenate([outputs[w, : cut.n_steps[w], :, lane] for w in range(first, last)])
            np.testing.assert_allclose(ys, run(network, weights, xs), rtol=0, atol=1e-12)
