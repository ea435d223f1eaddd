"""Training from end to end: protocols, stop flag, divergence, equality of the two layouts."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer, predict, predict_each, score
from tests.networks.oracle import random_network, run

QUICK = Protocol(window=20, lanes=8, epochs=30, learning_rate=0.02)


def echo_series(rng, n=600, skip=2) -> Series:
    """The target is the input some steps before: only memory can know it."""
    inputs = rng.uniform(-1, 1, (n, 2)).astype(np.float32)
    targets = np.zeros((n, 1), np.float32)
    targets[skip:, 0] = 0.5 * inputs[:-skip, 0]
    return Series(inputs, targets, np.ones(n, bool))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return [echo_series(rng), echo_series(rng, 400)], [echo_series(rng, 300)]


def test_training_learns_what_only_memory_can_know(data):
    train, valid = data
    network = fixed_network(
        ["lstm_peephole"], 2, 1, width=4, output_cell="linear", time_skips=(1, 2)
    )
    trainer = Trainer(train, valid, QUICK)
    draws = [draw_weights(network, np.random.default_rng(seed)) for seed in range(12)]
    results = [trainer.train(drawn) for drawn in draws]
    for result in results:
        assert result.failure is None
        assert result.loss == min(result.curve)
        assert len(result.curve) == QUICK.epochs + 1
    # One draw of three finds the way in so few epochs, and which ones do depends on the machine.
    assert min(result.loss / result.curve[0] for result in results) < 0.3


def test_the_loss_is_the_score_of_the_returned_weights(data):
    train, valid = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    result = Trainer(train, valid, QUICK).train(network)
    absolute, _ = score(network.with_weights(result.weights), valid)
    assert result.loss == pytest.approx(absolute[0], rel=1e-6)


def test_the_starting_weights_are_returned_where_training_only_harms(data):
    train, valid = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    trainer = Trainer(train, valid, QUICK)
    good = network.with_weights(trainer.train(network).weights)
    bad = Trainer(train, valid, replace(QUICK, learning_rate=50.0, schedule="constant", epochs=3))
    result = bad.train(good)
    np.testing.assert_array_equal(result.weights, good.weights)
    assert result.loss == result.curve[0]


def test_weights_that_are_better_by_too_little_are_not_taken(data):
    train, valid = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    start = Trainer(train, valid, QUICK).train(network).weights
    good = network.with_weights(start)
    first, *curve = Trainer(train, valid, QUICK).train(good).curve
    gain = 1 - min(curve) / first
    assert gain > 0.001
    for share, is_taken in ((0.999 * gain, True), (1.001 * gain, False)):
        result = Trainer(train, valid, QUICK).train(good, least_gain=share)
        assert result.curve == (first, *curve)
        assert result.loss == (min(curve) if is_taken else first)
        assert np.array_equal(result.weights, start) != is_taken
        absolute, _ = score(network.with_weights(result.weights), valid)
        assert result.loss == pytest.approx(absolute[0], rel=1e-6)


def test_whole_numbers_in_a_protocol_are_no_other_types_to_the_kernels():
    whole = Protocol(momentum=0, norm_cap=1, norm_floor=0, weight_limit=10).settings()
    assert [type(value) for value in whole] == [type(value) for value in QUICK.settings()]


def test_the_paper_protocol_moves_by_nesterov_with_the_norm_boosted(data):
    train, _ = data
    network = draw_weights(fixed_network(["simple"], 2, 1, width=3), np.random.default_rng(2))
    paper = replace(protocol("paper"), epochs=1, norm_cap=0.05, norm_floor=0.05)
    moved = Trainer(train[:1], train[:1], paper).train(network)
    assert network.weights is not None
    # One series is one update; the first one moves by rate * (1 + momentum) * gradient.
    step = np.linalg.norm((moved.weights - network.weights).astype(float))
    if moved.loss < moved.curve[0]:
        assert step == pytest.approx(0.001 * 1.9 * 0.05, rel=1e-2)
    else:
        assert step == 0


@pytest.mark.parametrize("of_protocol", [0.0, 0.25, 0.75])
@pytest.mark.parametrize("optimizer", ["adam", "nesterov"])
def test_weights_decay_by_their_share_of_the_learning_rate(data, of_protocol, optimizer):
    train, _ = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    once = Protocol(window=0, epochs=1, learning_rate=0.02, optimizer=optimizer)
    plain = Trainer(train[:1], train[:1], once).train(network, keep_memory=True)
    trainer = Trainer(train[:1], train[:1], replace(once, weight_decay=of_protocol))
    decayed = trainer.train(network, weight_decay=0.75 - of_protocol, keep_memory=True)
    assert plain.memory is not None
    assert decayed.memory is not None
    assert network.weights is not None
    lost = plain.memory["theta"] - decayed.memory["theta"]  # the one update has the whole rate
    np.testing.assert_allclose(lost, 0.02 * 0.75 * network.weights, atol=1e-6)


def test_the_mean_square_of_gradients_is_that_of_the_steps_of_plain_descent(data):
    train, _ = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    adam = Protocol(window=0, epochs=1, norm_cap=1e9, weight_limit=1e9)
    descent = replace(adam, optimizer="nesterov", momentum=0.0, learning_rate=1.0)
    plain = Trainer(train[:1], train[:1], descent).train(network, keep_memory=True)
    found = Trainer(train[:1], train[:1], adam).train(network).gradient_rms
    assert plain.memory is not None
    assert network.weights is not None
    assert found is not None
    assert plain.gradient_rms is None
    gradient = network.weights - plain.memory["theta"]
    np.testing.assert_allclose(found, np.abs(gradient), rtol=1e-3, atol=1e-6)
    assert (found > 0).any()


def test_the_mean_square_of_gradients_forgets_what_is_long_ago(data):
    """By hand: Adam's own average, from the gradients of each update."""
    train, _ = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    adam = Protocol(window=0, epochs=4, norm_cap=1e9, weight_limit=1e9, decay=0.5)
    trainer = Trainer(train[:1], train[:1], adam)
    squares = np.zeros(network.n_all_weights)
    descent = replace(adam, optimizer="nesterov", momentum=0.0, learning_rate=1.0, epochs=1)
    plain = Trainer(train[:1], train[:1], descent)
    for n_epochs in range(4):
        at = network
        if n_epochs:
            gone = trainer.train(network, epochs=n_epochs, schedule_epochs=4, keep_memory=True)
            assert gone.memory is not None
            at = network.with_weights(gone.memory["theta"])
        step = plain.train(at, keep_memory=True)
        assert step.memory is not None
        assert at.weights is not None
        squares = 0.5 * squares + 0.5 * (at.weights - step.memory["theta"]) ** 2
    found = trainer.train(network).gradient_rms
    assert found is not None
    np.testing.assert_allclose(found, np.sqrt(squares / (1 - 0.5**4)), rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_scores_and_predictions_are_those_of_the_oracle(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    assert network.weights is not None
    inputs = rng.normal(0, 1, (300, 3)).astype(np.float32)
    expected = run(network, network.weights.astype(float), inputs.astype(float))
    outputs = predict(network, inputs)
    np.testing.assert_allclose(outputs, expected, atol=2e-3, rtol=1e-3)
    counts = rng.random(300) < 0.5
    targets = rng.normal(0, 1, expected.shape).astype(np.float32)
    absolute, squared = score(network, [Series(inputs, targets, counts)])
    errors = (outputs - targets)[counts].astype(float)
    np.testing.assert_allclose(absolute, np.abs(errors).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(squared, (errors**2).mean(axis=0), rtol=1e-6)


def test_many_series_are_scored_side_by_side_as_one_after_the_other():
    rng = np.random.default_rng(7)
    network = random_network(rng, n_inputs=2, n_outputs=1)
    series = [echo_series(rng, n) for n in (500, 40, 300, 270, 90)]
    together, _ = score(network, series)
    alone = [score(network, [s])[0] * s.counts.sum() for s in series]
    assert together == pytest.approx(sum(alone) / 1200, rel=1e-5)


def test_a_stop_flag_ends_training_with_what_it_has(data):
    train, valid = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    stop = np.zeros(1, np.uint8)
    timer = threading.Timer(0.2, lambda: stop.fill(1))
    timer.start()
    result = Trainer(train, valid, replace(QUICK, epochs=10**6)).train(network, stop=stop)
    timer.join()
    assert result.stopped
    assert result.failure is None
    assert len(result.curve) < 10**6


def test_a_network_that_leaves_the_numbers_is_a_failure_and_not_a_crash(data):
    train, valid = data
    network = fixed_network(["linear"], 2, 1, width=3, output_cell="linear", time_skips=(1,))
    network = network.with_weights(np.full(network.n_all_weights, 9.0))
    result = Trainer(train, valid, QUICK).train(network)
    assert result.failure == "the training diverged"


def test_training_twice_gives_the_same_weights(data):
    train, valid = data
    network = draw_weights(random_network(np.random.default_rng(4), 2, 1), np.random.default_rng(5))
    first, second = (Trainer(train, valid, QUICK).train(network) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.curve == second.curve


def test_a_network_of_another_width_is_refused(data):
    train, valid = data
    with pytest.raises(GenomeError, match="The data have 2 inputs and 1 targets"):
        Trainer(train, valid, QUICK).train(
            draw_weights(fixed_network(["gru"], 3, 1), np.random.default_rng(0))
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "maee"}, "Did you mean 'mae'"),
        ({"learning_rate": 0.0}, "`learning_rate` must be a finite number above 0. Got 0.0"),
        ({"norm_floor": 2.0}, "`norm_floor` must be in"),
        ({"epochs": 1.5}, "`epochs` must be a whole number of at least 0. Got 1.5"),
        ({"epochs": 10**12}, "`epochs` must be at most 1,000,000"),
        ({"lanes": True}, "`lanes` must be a whole number of at least 1. Got True"),
        ({"residual": 1}, "`residual` must be true or false"),
        ({"norm_cap": float("inf")}, "`norm_cap` must be a finite number"),
        ({"norm_cap": 0.0}, "`norm_cap` must be a finite number above 0. Got 0"),
        ({"weight_limit": 0.0}, "`weight_limit` must be a finite number above 0. Got 0"),
        ({"momentum": 1.0}, "`momentum` must be .*Got 1"),
        ({"decay": 1.0}, "`decay` must be .*Got 1"),
        ({"output_cell": ["linear"]}, "`output_cell` must be a text"),
        ({"weight_decay": -0.1}, r"`weight_decay` must be a number in \[0, 1\]. Got -0.1"),
        ({"weight_decay": 2.0}, r"`weight_decay` must be a number in \[0, 1\]. Got 2"),
        ({"loss": ["mae"]}, "`loss` must be 'mse' or 'mae'. Got"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        Protocol(**settings)


def test_an_unknown_protocol_is_answered_with_the_nearest_one():
    with pytest.raises(ConfigError, match="Did you mean 'modern'"):
        protocol("modren")


@pytest.mark.parametrize("lengths", [[30], [5, 40], [1, 7, 3], [600, 20, 300, 512], [3] * 70])
def test_series_are_predicted_together_as_each_alone(lengths):
    rng = np.random.default_rng(4)
    network = random_network(rng)
    network = network.with_weights(0.3 * rng.normal(size=network.n_all_weights))
    inputs = [rng.normal(size=(length, 3)).astype(np.float32) for length in lengths]
    together = predict_each(network, inputs)
    assert len(together) == len(lengths)
    for one, outputs in zip(inputs, together, strict=True):
        np.testing.assert_allclose(outputs, predict(network, one), rtol=1e-4, atol=1e-5)


def test_passes_between_validations_change_nothing_of_the_training(data):
    train, valid = data
    network = draw_weights(fixed_network(["gru"], 2, 1, width=3), np.random.default_rng(2))
    each = Trainer(train, valid, replace(QUICK, epochs=6)).train(network)
    some = Trainer(train, valid, replace(QUICK, epochs=2, passes=3)).train(network)
    assert some.curve == (each.curve[0], each.curve[3], each.curve[6])
    assert some.n_steps == each.n_steps


@pytest.mark.parametrize(
    ("n_updates", "expected"), [(17, (3, 6)), (60, (2, 2)), (250, (1, 1)), (5_000, (1, 1))]
)
def test_a_protocol_that_counts_updates_has_as_many_epochs_as_they_take(n_updates, expected):
    found = Protocol(updates=300).fitted(n_updates)
    assert (found.epochs, found.passes) == expected
    assert Protocol(epochs=7).fitted(n_updates).epochs == 7


@pytest.mark.parametrize(
    "how", [QUICK, replace(QUICK, window=0, epochs=3), replace(QUICK, passes=2)]
)
def test_a_pupil_learns_what_a_teacher_forecasts_and_is_judged_by_what_came(data, how):
    train, valid = data
    rng = np.random.default_rng(4)
    pupil, teacher = (
        draw_weights(fixed_network(["gru"], 2, 1, width=width, output_cell="linear"), rng)
        for width in (2, 3)
    )
    trainer = Trainer(train, valid, how)
    told = predict_each(teacher, [one.inputs for one in train])
    of_teacher = [one._replace(targets=own) for one, own in zip(train, told, strict=True)]
    expected = Trainer(of_teacher, valid, how).train(pupil)
    learned = trainer.taught_by(teacher).train(pupil)
    np.testing.assert_array_equal(learned.weights, expected.weights)
    assert learned.curve == expected.curve
    assert trainer.train(pupil).curve != learned.curve
    assert trainer.train(pupil).curve[0] == learned.curve[0]


def test_a_teacher_must_fit_the_data(data):
    train, valid = data
    trainer = Trainer(train, valid, QUICK)
    with pytest.raises(GenomeError, match="Got a network with 3 inputs"):
        trainer.taught_by(draw_weights(fixed_network(["gru"], 3, 1), np.random.default_rng(0)))
