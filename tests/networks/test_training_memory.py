"""A training that goes on from an earlier one's memory is the training that never ended."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.networks import vectors
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import DIVERGED, Trainer
from tests.networks.oracle import random_network
from tests.networks.test_train import echo_series

NESTEROV = {"optimizer": "nesterov", "loss": "mse", "learning_rate": 0.001, "norm_floor": 0.05}
ADAM = {"optimizer": "adam", "learning_rate": 0.02}
WINDOWS, WHOLE_SERIES = {"window": 20, "lanes": 8}, {"window": 0, "lanes": 1}


@pytest.fixture(autouse=True)
def same_windows_on_all_machines(monkeypatch):
    """How data are cut into windows, and so which rate does harm, depends on the vectors' width."""
    monkeypatch.setenv(vectors.WIDTH, "8")


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return [echo_series(rng), echo_series(rng, 400)], [echo_series(rng, 300)]


@pytest.fixture
def network():
    rng = np.random.default_rng(4)
    return draw_weights(random_network(rng, n_inputs=2, n_outputs=1), rng)


def trainer_of(data, **settings) -> Trainer:
    return Trainer(*data, Protocol(**{**WINDOWS, **ADAM, **settings}))


def same(one, other):
    np.testing.assert_array_equal(one.weights, other.weights, strict=True)
    np.testing.assert_array_equal(one.curve, other.curve)
    assert (one.loss, one.failure) == (other.loss, other.failure)
    assert (one.memory is None) == (other.memory is None)
    for name, array in (one.memory or {}).items():
        np.testing.assert_array_equal(array, other.memory[name], strict=True)


@pytest.mark.parametrize("optimizer", [NESTEROV, ADAM], ids=["nesterov", "adam"])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("layout", [WINDOWS, WHOLE_SERIES], ids=["windows", "whole series"])
def test_three_epochs_and_seven_more_are_ten(data, network, optimizer, schedule, layout):
    trainer = trainer_of(data, schedule=schedule, **optimizer, **layout)
    whole = trainer.train(network, epochs=10, keep_memory=True)
    first = trainer.train(network, epochs=3, schedule_epochs=10, keep_memory=True)
    assert first.curve == whole.curve[:4]
    kept = {name: array.copy() for name, array in first.memory.items()}
    second = trainer.train(network, epochs=10, memory=first.memory, keep_memory=True)
    same(second, whole)
    assert first.n_steps + second.n_steps == whole.n_steps
    assert second.n_steps == 7 * 1000
    for name, array in kept.items():  # it was not changed
        np.testing.assert_array_equal(first.memory[name], array, strict=True)


@pytest.mark.parametrize("least_gain", [0.0, 0.01, 0.9])
def test_every_division_of_a_training_ends_alike_and_leaves_the_best_weights(
    data, network, least_gain
):
    # A rate that does harm, so that the best epoch is not the last one.
    trainer = trainer_of(data, schedule="constant", learning_rate=1.0)
    how: dict[str, Any] = {"least_gain": least_gain}
    whole = trainer.train(network, epochs=6, **how)
    assert int(np.argmin(whole.curve)) < 6
    how |= {"schedule_epochs": 6, "keep_memory": True}
    result = trainer.train(network, epochs=0, **how)
    for epochs in range(1, 7):
        result = trainer.train(network, epochs=epochs, memory=result.memory, **how)
    same(replace(result, memory=None), whole)


def test_the_cosine_spans_the_epochs_that_are_still_to_come(data, network):
    trainer = trainer_of(data, schedule="cosine")
    alone = trainer.train(network, epochs=3)
    assert trainer.train(network, epochs=3, schedule_epochs=10).curve[3] != alone.curve[3]
    assert trainer.train(network, epochs=3, schedule_epochs=3).curve == alone.curve


def test_a_training_that_diverges_later_diverges_at_the_same_place(data):
    network = fixed_network(["linear"], 2, 1, width=3, output_cell="linear", time_skips=(1,))
    network = network.with_weights(np.full(network.n_all_weights, 0.3))
    trainer = trainer_of(data, schedule="constant", learning_rate=1.0, optimizer="nesterov",
                         weight_limit=1e6)  # fmt: skip
    whole = trainer.train(network, epochs=50, keep_memory=True)
    assert whole.failure == DIVERGED
    assert whole.memory is None
    assert len(whole.curve) > 2  # the first epoch is none of those that diverge
    first = trainer.train(network, epochs=1, schedule_epochs=50, keep_memory=True)
    assert first.failure is None
    same(trainer.train(network, epochs=50, memory=first.memory, keep_memory=True), whole)


def test_a_stopped_training_leaves_no_memory_and_the_earlier_one_can_be_used_again(data, network):
    trainer = trainer_of(data)
    first = trainer.train(network, epochs=3, schedule_epochs=10, keep_memory=True)
    stopped = trainer.train(network, epochs=10, memory=first.memory, keep_memory=True,
                            stop=np.ones(1, np.uint8))  # fmt: skip
    assert stopped.stopped
    assert (stopped.memory, stopped.n_steps, stopped.curve) == (None, 0, first.curve)
    np.testing.assert_array_equal(stopped.weights, first.weights)
    stop = np.zeros(1, np.uint8)
    timer = threading.Timer(0.1, lambda: stop.fill(1))
    timer.start()
    late = trainer.train(network, epochs=10**6, memory=first.memory, stop=stop, keep_memory=True)
    timer.join()
    assert late.stopped
    assert late.memory is None
    whole = trainer.train(network, epochs=10, keep_memory=True)
    same(trainer.train(network, epochs=10, memory=first.memory, keep_memory=True), whole)


def test_a_memory_with_nothing_left_to_do_is_the_result_itself(data, network):
    trainer = trainer_of(data)
    first = trainer.train(network, epochs=3, keep_memory=True)
    again = trainer.train(network, epochs=3, memory=first.memory, keep_memory=True)
    same(again, first)
    assert again.n_steps == 0


def test_no_memory_is_kept_unless_it_is_asked_for(data, network):
    assert trainer_of(data).train(network, epochs=1).memory is None


def test_a_schedule_that_is_shorter_than_the_training_is_refused(data, network):
    with pytest.raises(ConfigError, match="`schedule_epochs` must be at least `epochs`, 4"):
        trainer_of(data).train(network, epochs=4, schedule_epochs=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"theta": None}, "cannot consist of"),
        ({"more": np.zeros(3)}, "cannot consist of"),
        ({"first": np.zeros(1, np.float32)}, "`first` .* must be finite numbers, float32"),
        ({"second": "float64"}, "`second` .* must be finite numbers, float32 .* Got float64"),
        ({"best": "nan"}, "`best` .* must be finite"),
        ({"curve": np.zeros((2, 2))}, "`curve` .* must be finite numbers, float64"),
        ({"curve": np.zeros(0)}, "cannot go on after -1 epochs"),
        ({"curve": np.zeros(9)}, "A training of 4 epochs cannot go on after 8"),
    ],
)
def test_a_memory_of_another_training_is_refused(data, network, changes, message):
    trainer = trainer_of(data)
    memory = dict(trainer.train(network, epochs=1, keep_memory=True).memory)
    for name, change in changes.items():
        if change is None:
            memory.pop(name)
        elif isinstance(change, np.ndarray):
            memory[name] = change
        else:
            memory[name] = memory[name].astype(np.float64) * (np.nan if change == "nan" else 1)
            memory[name] = memory[name].astype("float32" if change == "nan" else change)
    with pytest.raises(RunError, match=message):
        trainer.train(network, epochs=4, memory=memory)
