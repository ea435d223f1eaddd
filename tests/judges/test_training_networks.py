"""Full training: how long it takes, and what becomes of each outcome."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cellcolony.contract import Candidate
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.judges.saved import (
    candidate_from_dict,
    candidate_to_dict,
    evaluation_from_dict,
    evaluation_to_dict,
)
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.networks import NetworkTraining
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import Trainer, TrainingResult
from cellcolony.store.encoding import decode, encode
from tests.networks.test_train import echo_series

NETWORK = fixed_network(["simple"], 2, 1, output_cell="linear")
WEIGHTS = np.zeros(NETWORK.n_all_weights, np.float32)
TRAINED = TrainingResult(WEIGHTS, 0.5, (1.0, 0.5), 100, 2.0, failure=None, stopped=False)


def judged(outcome, effort=1):
    """The evaluation where training has this outcome, and the epochs that were asked for."""
    asked = []

    def train(network, *, epochs, **_):
        asked.append(epochs)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    trainer = SimpleNamespace(protocol=Protocol(epochs=7), train=train, n_updates_an_epoch=5)
    judge = NetworkTraining(trainer, np.zeros(1, np.uint8))  # pyright: ignore[reportArgumentType]
    return judge(Candidate(0, NETWORK, effort=effort)), asked


@pytest.mark.parametrize(("effort", "epochs"), [(1, 7), (4, 28)])
def test_a_candidate_is_trained_as_many_times_the_protocols_epochs_as_it_is_worth(effort, epochs):
    assert judged(TRAINED, effort)[1] == [epochs]


def test_the_verdict_is_what_training_found():
    verdict, _ = judged(TRAINED)
    assert verdict.weights is WEIGHTS
    assert (verdict.loss, verdict.curve, verdict.n_epochs) == (0.5, (1.0, 0.5), 1)
    assert (verdict.seconds, verdict.n_steps, verdict.failure) == (2.0, 100, None)


def rungs(data, keep_memory=True):
    """Return what trains a network of some weights with an effort of 1 of 3, or goes on."""
    train, valid = data
    trainer = Trainer(train, valid, Protocol(epochs=2, window=20, lanes=8))
    judge = NetworkTraining(
        trainer, np.zeros(1, np.uint8), schedule_effort=3, keep_memory=keep_memory
    )
    network = NETWORK.with_weights(np.full(NETWORK.n_all_weights, 0.1))
    return lambda effort, memory=None: judge(Candidate(0, network, (), {}, effort, memory))


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return [echo_series(rng, 200)], [echo_series(rng, 100)]


def test_a_promoted_network_is_the_one_that_was_trained_for_as_long_at_once(data):
    judge = rungs(data)
    whole, first = judge(3), judge(1)
    second = judge(2, first.memory)
    third = judge(3, second.memory)
    assert (third.loss, third.curve) == (whole.loss, whole.curve)
    np.testing.assert_array_equal(np.array(third.weights), np.array(whole.weights))
    assert (first.n_epochs, second.n_epochs, third.n_epochs) == (2, 4, 6)
    assert first.n_steps + second.n_steps + third.n_steps == whole.n_steps


def test_no_memory_is_kept_unless_it_is_asked_for(data):
    assert rungs(data, keep_memory=False)(1).memory is None


def test_an_effort_beyond_the_schedule_is_our_own_fault_and_raises(data):
    with pytest.raises(ConfigError, match="`schedule_epochs` must be at least"):
        rungs(data)(4)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (replace(TRAINED, failure="the training diverged"), "the training diverged"),
        (replace(TRAINED, loss=np.inf, stopped=True), "it was stopped before its first validation"),
        (replace(TRAINED, loss=np.inf), "its validation loss was inf"),
        (GenomeError("no input reaches it"), "no input reaches it"),
        (MemoryError(), "it needs more memory than there is"),
    ],
)
def test_what_cannot_be_trained_is_a_failure_of_the_network_and_not_of_the_run(outcome, reason):
    verdict, _ = judged(outcome)
    assert verdict.failure == reason
    assert verdict.weights is None
    assert verdict.loss == np.inf
    assert verdict.n_epochs == 0


def test_what_was_stopped_after_a_validation_counts():
    verdict, _ = judged(replace(TRAINED, stopped=True))
    assert (verdict.loss, verdict.failure) == (0.5, None)


def capped(caps, train, effort=1, stop=None):
    trainer = SimpleNamespace(protocol=Protocol(epochs=7), train=train, n_updates_an_epoch=5)
    stop = np.zeros(1, np.uint8) if stop is None else stop
    judge = NetworkTraining(trainer, stop, caps)  # pyright: ignore[reportArgumentType]
    return judge(Candidate(0, NETWORK, effort=effort))


def until_stopped(network, *, stop, **_):
    """Train as a kernel does that looks at its flag."""
    for _ in range(2000):
        if stop[0]:
            return replace(TRAINED, stopped=True)
        time.sleep(0.005)
    return TRAINED


def test_a_training_that_passes_its_cap_of_seconds_is_stopped_and_has_failed():
    verdict = capped(Caps(seconds=0.05), until_stopped)
    assert verdict.failure == "it took more than 0.05 s, its cap"
    assert (verdict.seconds, verdict.n_steps, verdict.weights) == (2.0, 100, None)


def test_a_training_within_its_cap_of_seconds_counts():
    assert capped(Caps(seconds=60), lambda network, **_: TRAINED).loss == 0.5


def test_the_flag_of_the_run_stops_a_training_that_has_a_cap_as_well():
    stop = np.zeros(1, np.uint8)
    setter = threading.Timer(0.05, lambda: stop.fill(1))
    setter.start()
    verdict = capped(Caps(seconds=60), until_stopped, stop=stop)
    setter.join()
    assert (verdict.loss, verdict.failure) == (0.5, None)


def test_no_clock_is_left_behind():
    before = threading.active_count()
    capped(Caps(seconds=60), lambda network, **_: TRAINED)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("steps", "effort", "failure"),
    [
        (35, 1, None), (34, 1, "it needs more than 34 updates, its cap"),
        (140, 4, None), (139, 4, "it needs more than 139 updates, its cap"),
    ],
)  # fmt: skip
def test_a_cap_of_updates_fails_what_would_need_more_and_does_not_train_it(steps, effort, failure):
    trained = []

    def train(network, **_):
        trained.append(network)
        return TRAINED

    assert capped(Caps(steps=steps), train, effort).failure == failure
    assert len(trained) == (failure is None)


@pytest.mark.parametrize(
    "values",
    [{"seconds": 0}, {"seconds": -1}, {"seconds": np.inf}, {"seconds": np.nan},
     {"seconds": "2"}, {"seconds": True}, {"steps": 0}, {"steps": 1.5}, {"steps": True}],
)  # fmt: skip
def test_a_cap_that_cannot_be_is_refused_by_name_and_value(values):
    ((name, value),) = values.items()
    with pytest.raises(ConfigError, match=f"`candidate_{name}` must be .* Got {value!r}"):
        Caps(**values)


def test_a_candidate_with_a_teacher_learns_from_it_in_as_many_threads_as_there_are(data):
    train, valid = data
    trainer = Trainer(train, valid, Protocol(epochs=2, window=20, lanes=8))
    judge = NetworkTraining(trainer, np.zeros(1, np.uint8))
    rng = np.random.default_rng(3)
    pupil, *teachers = (draw_weights(NETWORK, rng) for _ in range(5))
    expected = [trainer.taught_by(one).train(pupil).loss for one in teachers]
    candidates = [Candidate(n, pupil, teacher=replace(teachers[n % 4])) for n in range(24)]
    with ThreadPoolExecutor(4) as pool:
        found = [one.loss for one in pool.map(judge, candidates)]
    assert found == [expected[n % 4] for n in range(24)]
    assert len(set(expected)) == 4
    assert judge(Candidate(24, pupil)).loss == trainer.train(pupil).loss not in expected


def test_a_teacher_that_does_not_fit_is_the_fault_of_the_candidate(data):
    judge = rungs(data, keep_memory=False)
    assert judge(1).failure is None
    train, valid = data
    trainer = Trainer(train, valid, Protocol(epochs=2, window=20, lanes=8))
    other = draw_weights(fixed_network(["simple"], 3, 1), np.random.default_rng(0))
    own = NETWORK.with_weights(np.full(NETWORK.n_all_weights, 0.1))
    verdict = NetworkTraining(trainer, np.zeros(1, np.uint8))(Candidate(0, own, teacher=other))
    assert verdict.failure is not None
    assert "Got a network with 3 inputs" in verdict.failure


def test_a_candidate_is_trained_with_its_own_weight_decay(data):
    train, valid = data
    trainer = Trainer(train, valid, Protocol(epochs=2, window=20, lanes=8))
    own = draw_weights(NETWORK, np.random.default_rng(1))
    judge = NetworkTraining(trainer, np.zeros(1, np.uint8))
    found = judge(Candidate(0, own, weight_decay=0.5))
    expected = trainer.train(own, weight_decay=0.5)
    np.testing.assert_array_equal(found.weights, expected.weights)
    assert found.curve[-1] != judge(Candidate(0, own)).curve[-1]


def test_gradients_are_measured_where_a_candidate_asks_for_them(data):
    train, valid = data
    trainer = Trainer(train, valid, Protocol(epochs=2, window=20, lanes=8))
    own = draw_weights(NETWORK, np.random.default_rng(1))
    judge = NetworkTraining(trainer, np.zeros(1, np.uint8))
    assert judge(Candidate(0, own)).gradient_rms is None
    found = judge(Candidate(0, own, with_gradient_rms=True))
    np.testing.assert_array_equal(found.gradient_rms, trainer.train(own).gradient_rms)
    again = evaluation_from_dict(decode(*encode(evaluation_to_dict(found))))
    np.testing.assert_array_equal(found.gradient_rms, again.gradient_rms, strict=True)


def test_a_gain_less_than_a_candidate_asks_for_leaves_its_weights(data):
    train, valid = data
    trainer = Trainer(train, valid, Protocol(epochs=2, window=20, lanes=8))
    own = draw_weights(NETWORK, np.random.default_rng(1))
    judge = NetworkTraining(trainer, np.zeros(1, np.uint8))
    first, *curve = judge(Candidate(0, own)).curve
    gain = 1 - min(curve) / first
    assert gain > 0
    for least, has_gained in ((0.9 * gain, True), (gain + 0.1 * (1 - gain), False)):
        found = judge(Candidate(0, own, least_gain=least))
        assert found.has_gained == has_gained
        assert np.array_equal(np.asarray(found.weights), np.asarray(own.weights)) != has_gained
        assert replace(found, guide=5.0).for_method().has_gained == has_gained
        again = evaluation_from_dict(decode(*encode(evaluation_to_dict(found))))
        assert again.has_gained == has_gained


def test_what_a_candidate_asks_for_comes_back_from_a_checkpoint():
    rng = np.random.default_rng(1)
    own, teacher = draw_weights(NETWORK, rng), draw_weights(NETWORK, rng)
    asked = (
        Candidate(3, own, teacher=teacher),
        Candidate(3, own, weight_decay=0.1),
        Candidate(3, own, with_gradient_rms=True),
        Candidate(3, own, least_gain=0.01),
    )
    for one in asked:
        again = candidate_from_dict(decode(*encode(candidate_to_dict(one))))
        assert again.with_gradient_rms == one.with_gradient_rms
        assert again.least_gain == one.least_gain
        assert again.genome.digest == one.genome.digest
        assert again.weight_decay == one.weight_decay
        digests = [None if x.teacher is None else x.teacher.digest for x in (again, one)]
        assert digests[0] == digests[1]
