"""Vectors of any width compute the same networks: their width changes the last bits alone."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.lower import simd
from cellcolony.cells.lower.kernel_code import compile_cell
from cellcolony.cells.lower.simd import WIDTHS
from cellcolony.errors import ConfigError
from cellcolony.networks import batches as batching
from cellcolony.networks import vectors
from cellcolony.networks.layout import lay_out
from cellcolony.networks.loops import epoch_loops, scoring_loops, window_loops
from cellcolony.networks.plan import plan
from cellcolony.networks.population import score_each
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import DIVERGED, Trainer, score
from tests.networks.gradients import Engine, assert_gradients_match, some_series
from tests.networks.oracle import random_network, run

LANES = Protocol(window=20, lanes=16, epochs=2)
WHOLE = Protocol(name="whole", window=0, epochs=2, learning_rate=0.01)


@pytest.fixture(params=WIDTHS)
def vector(request, monkeypatch):
    """A width that all vectors have."""
    monkeypatch.setenv(vectors.WIDTH, str(request.param))
    return request.param


def a_network(seed=1, of=("simple", "gru", "lstm_peephole")):
    rng = np.random.default_rng(seed)
    return random_network(rng, n_hidden=11, of=of), rng


def test_gradients_match_finite_differences_in_one_lane_and_in_many(vector):
    network, rng = a_network()
    cut = batching.whole_series(some_series(rng, [9, 14]), np.float64)
    assert lay_out(plan(network), cut.lanes, np.float64).vector == vector
    assert_gradients_match(network, cut)
    cut = batching.side_by_side(some_series(rng, [60, 37, 21]), 1, 5, np.float64)
    assert cut.lanes == vector
    assert_gradients_match(network, cut)


def test_outputs_are_those_of_the_oracle(vector):
    network, rng = a_network(2)
    assert network.weights is not None
    weights = network.weights.astype(np.float64)
    series = some_series(rng, [23, 31, 17])
    alone = batching.for_scoring(series[:1], 7, np.float64)
    ys = Engine(network, alone).predict(weights[network.live_weights])
    ys = np.concatenate([y[:n, :, 0] for y, n in zip(ys, alone.n_steps, strict=True)])
    expected = run(network, weights, series[0].inputs)
    np.testing.assert_allclose(ys, expected, rtol=0, atol=1e-12)
    together = batching.for_scoring(series, 40, np.float64)
    assert together.lanes % vector == 0
    ys = Engine(network, together).predict(weights[network.live_weights])
    for one in series:
        expected = run(network, weights, one.inputs)
        at = next(k for k in range(3) if (together.inputs[0, :9, :, k] == one.inputs[:9]).all())
        np.testing.assert_allclose(ys[0, : len(one.inputs), :, at], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("how", [LANES, WHOLE], ids=lambda p: p.name)
def test_the_loss_of_a_training_is_the_score_of_its_weights(vector, how):
    network, rng = a_network(3)
    series = some_series(rng, [400, 300])
    trained = Trainer(series, series[:1], how).train(network)
    assert trained.failure is None
    scored = score(network.with_weights(trained.weights), series[:1])[0].mean()
    assert scored == pytest.approx(trained.loss, rel=1e-12)


def test_a_population_has_the_scores_of_each_alone(vector):
    networks = [a_network(seed)[0] for seed in range(5)]
    series = some_series(np.random.default_rng(0), [50])
    alone = [score_each([network], series)[0] for network in networks]
    assert score_each(networks, series).tolist() == alone


def test_what_is_not_a_number_ends_a_training(vector):
    network, rng = a_network(4)
    (one,) = some_series(rng, [60])
    one.inputs[30] = np.nan
    for how in (LANES, WHOLE):
        assert Trainer([one], [one], how).train(network).failure == DIVERGED


def test_a_stop_flag_ends_a_training(vector):
    network, rng = a_network(5)
    series = some_series(rng, [60])
    for how in (LANES, WHOLE):
        result = Trainer(series, series, how).train(network, stop=np.ones(1, np.uint8))
        assert result.stopped
        assert not np.isfinite(result.curve).any()


def test_widths_differ_in_the_last_bits_alone(monkeypatch):
    network, rng = a_network(6)
    series = some_series(rng, [200])
    losses = []
    for width in WIDTHS:
        monkeypatch.setenv(vectors.WIDTH, str(width))
        losses.append(Trainer(series, series, WHOLE).train(network).loss)
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_one_lane_has_vectors_of_eight_on_any_machine():
    assert (vectors.width_of_one_lane(), vectors.width_of_lanes()) == (8, simd.VECTOR)


def test_a_width_that_no_vector_has_is_refused(monkeypatch):
    monkeypatch.setenv(vectors.WIDTH, "12")
    with pytest.raises(ConfigError, match=r"must be one of 4, 8, 16\. Got '12'"):
        vectors.width_of_lanes()


def test_each_width_has_compiled_code_of_its_own():
    cell = cells.get("gru")
    for made in (window_loops, scoring_loops, epoch_loops):
        copies = {made(np.float32, width).__name__ for width in WIDTHS}
        assert len(copies) == len(WIDTHS)
    assert [window_loops(np.float32, width).VECTOR for width in WIDTHS] == [*WIDTHS]
    assert len({compile_cell(cell, vector=width).forward for width in WIDTHS}) == len(WIDTHS)
