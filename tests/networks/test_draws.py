"""Draws of a network's weights, trained side by side, each as if it were alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellcolony.cells.lower.simd import WIDTHS
from cellcolony.contract import Candidate
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.judges.training.networks import NetworkTraining
from cellcolony.networks import vectors
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.draws import draws_of, train_best_draw, train_draws
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import DIVERGED, Trainer
from tests.networks.gradients import some_series
from tests.networks.oracle import CELLS, random_network

PAPER = Protocol(
    name="short", window=0, epochs=3, residual=False, output_cell="simple", loss="mse",
    optimizer="nesterov", learning_rate=0.01, schedule="constant", norm_floor=0.05, draws=5,
)  # fmt: skip
ADAM = Protocol(name="adam", window=0, epochs=3, learning_rate=0.01, draws=5)


def a_network(seed=1, of=("simple", "gru", "lstm_peephole")):
    rng = np.random.default_rng(seed)
    return random_network(rng, n_hidden=11, of=of), rng


@pytest.fixture(params=WIDTHS)
def vector(request, monkeypatch):
    """A width that all vectors have."""
    monkeypatch.setenv(vectors.WIDTH, str(request.param))


@pytest.mark.parametrize("how", [PAPER, ADAM], ids=lambda p: p.name)
def test_each_draw_comes_to_what_it_comes_to_alone(vector, how):
    network, rng = a_network()
    train, valid = some_series(rng, [40, 31]), some_series(rng, [300, 25, 20])
    trainer = Trainer(train, valid, how, np.float64)
    weights = draws_of(network, 5, rng)
    for start, found in zip(weights, train_draws(trainer, network, weights), strict=True):
        alone = trainer.train(network.with_weights(start))
        np.testing.assert_allclose(found.curve, alone.curve, rtol=1e-9)
        np.testing.assert_allclose(found.weights, alone.weights, rtol=1e-6, atol=1e-7)
        assert (found.failure, found.stopped, found.n_steps) == (None, False, alone.n_steps)
        if how is PAPER:
            assert found.gradient_rms is alone.gradient_rms is None
        else:
            assert found.gradient_rms is not None
            assert alone.gradient_rms is not None
            np.testing.assert_allclose(
                found.gradient_rms, alone.gradient_rms, rtol=1e-4, atol=1e-7, strict=True
            )


@pytest.mark.parametrize("cell", CELLS)
def test_draws_of_every_cell_are_trained(cell):
    network = fixed_network([cell], 3, 2, width=3, output_cell=cell, time_skips=(1, 2))
    rng = np.random.default_rng(3)
    network = draw_weights(network, rng)
    trainer = Trainer(some_series(rng, [30]), some_series(rng, [20]), ADAM, np.float64)
    weights = draws_of(network, 2, rng)
    for start, found in zip(weights, train_draws(trainer, network, weights), strict=True):
        curve = trainer.train(network.with_weights(start)).curve
        np.testing.assert_allclose(found.curve, curve, rtol=1e-8)


def test_each_draw_that_gains_too_little_keeps_its_weights():
    network, rng = a_network()
    train, valid = some_series(rng, [40, 31]), some_series(rng, [300, 25, 20])
    weights = draws_of(network, 5, rng)
    found = train_draws(Trainer(train, valid, ADAM), network, weights)
    gains = sorted(1 - min(one.curve) / one.curve[0] for one in found)
    least_gain = float(np.mean(gains[2:4]))
    taken = train_draws(Trainer(train, valid, ADAM), network, weights, least_gain=least_gain)
    assert [one.curve for one in taken] == [one.curve for one in found]
    for one, start in zip(taken, weights, strict=True):
        has_gained = 1 - min(one.curve) / one.curve[0] > least_gain
        assert one.loss == (min(one.curve) if has_gained else one.curve[0])
        assert np.array_equal(one.weights, start) != has_gained
    assert sum(one.loss < one.curve[0] for one in taken) == 2


def test_no_draw_depends_on_the_others_or_on_how_many_there_are():
    network, rng = a_network(2)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    weights = draws_of(network, 8, rng)
    together = train_draws(trainer, network, weights)
    for some in ([0, 3, 4, 7, 6], [7, 6, 5, 4, 3, 0]):
        fewer = train_draws(trainer, network, weights[some])
        assert [one.curve for one in fewer] == [together[i].curve for i in some]


def test_more_draws_than_a_vector_holds_take_several():
    network, rng = a_network(2)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    found = train_draws(trainer, network, draws_of(network, 19, rng))
    assert len(found) == 19
    assert len({one.loss for one in found}) == 19


def test_a_draw_that_diverges_leaves_the_others_alone():
    network, rng = a_network(3)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    weights = draws_of(network, 3, rng)
    sound = train_draws(trainer, network, weights)
    weights[1, network.live_weights] = np.nan
    found = train_draws(trainer, network, weights)
    assert [one.failure for one in found] == [None, DIVERGED, None]
    assert [found[0].curve, found[2].curve] == [sound[0].curve, sound[2].curve]
    assert found[1].loss == np.inf


def test_a_stop_flag_ends_all_draws():
    network, rng = a_network(3)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    stop = np.ones(1, np.uint8)
    found = train_draws(trainer, network, draws_of(network, 3, rng), stop=stop)
    assert all(one.stopped and one.curve == () and one.loss == np.inf for one in found)


def test_the_best_draw_is_the_result_and_all_its_steps_count():
    network, rng = a_network(4)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    weights = draws_of(network, 5, np.random.default_rng(9))
    all_of_them = train_draws(trainer, network, weights)
    best = train_best_draw(trainer, network, np.random.default_rng(9))
    losses = [one.loss for one in all_of_them]
    assert best.loss == min(losses) < losses[0]
    assert best.n_steps == 5 * trainer.train(network).n_steps


def test_a_training_goes_on_from_the_best_draw():
    network, rng = a_network(4)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    first = train_best_draw(trainer, network, rng, schedule_epochs=6, keep_memory=True)
    assert first.memory is not None
    further = train_best_draw(
        trainer, network.with_weights(first.weights), rng, memory=first.memory, epochs=6
    )
    assert further.curve[:4] == first.curve
    assert len(further.curve) == 7
    assert further.n_steps == first.n_steps // 5


def test_a_judge_draws_by_the_seed_and_the_number_of_the_candidate():
    network, rng = a_network(5)
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    stop = np.zeros(1, np.uint8)
    losses = [
        NetworkTraining(trainer, stop, seed=seed)(Candidate(number, network)).loss
        for seed, number in ((0, 1), (0, 1), (0, 2), (1, 1))
    ]
    assert losses[0] == losses[1]
    assert len(set(losses)) == 3


def test_draws_that_would_fill_the_lanes_of_windows_are_refused():
    with pytest.raises(ConfigError, match=r"Got 8 draws and a window of 200\."):
        Protocol(draws=8)
    with pytest.raises(ConfigError, match="draws"):
        replace(PAPER, draws=0)


def test_weights_of_another_network_are_refused():
    network, rng = a_network()
    trainer = Trainer(some_series(rng, [60]), some_series(rng, [40]), ADAM)
    with pytest.raises(GenomeError, match=r"A draw must have \d+ weights\. Got 3\."):
        train_draws(trainer, network, np.zeros((2, 3)))
