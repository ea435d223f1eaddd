"""Full training: how long it takes, and what becomes of each outcome."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cellcolony.errors import GenomeError
from cellcolony.fitness.training import FullTraining
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import TrainingResult
from cellcolony.search.contract import Candidate

NETWORK = fixed_network(["simple"], 2, 1, output_cell="linear")
WEIGHTS = np.zeros(NETWORK.n_all_weights, np.float32)
TRAINED = TrainingResult(WEIGHTS, 0.5, (1.0, 0.5), 100, 2.0, failure=None, stopped=False)


def judged(outcome, effort=1):
    """The evaluation where training has this outcome, and the epochs that were asked for."""
    asked = []

    def train(network, *, stop, epochs):
        asked.append(epochs)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    trainer = SimpleNamespace(protocol=Protocol(epochs=7), train=train)
    judge = FullTraining(trainer, np.zeros(1, np.uint8))  # pyright: ignore[reportArgumentType]
    return judge(Candidate(0, NETWORK, effort=effort)), asked


@pytest.mark.parametrize(("effort", "epochs"), [(1, 7), (4, 28)])
def test_a_candidate_is_trained_as_many_times_the_protocols_epochs_as_it_is_worth(effort, epochs):
    assert judged(TRAINED, effort)[1] == [epochs]


def test_the_verdict_is_what_training_found():
    verdict, _ = judged(TRAINED)
    assert verdict.weights is WEIGHTS
    assert (verdict.loss, verdict.curve, verdict.n_epochs) == (0.5, (1.0, 0.5), 1)
    assert (verdict.seconds, verdict.n_steps, verdict.failure) == (2.0, 100, None)


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
