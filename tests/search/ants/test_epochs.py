"""How many epochs of training lie behind the weights that a colony hands down."""

import json

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.search.ants import AntSearch
from tests.search.ants.colonies import rng, started


def told(search: AntSearch, candidate: Candidate, loss: float, n_epochs: int) -> None:
    weights = candidate.genome.weights
    assert weights is not None
    curve = tuple(np.linspace(1.0, loss, n_epochs + 1))
    search.tell(candidate.number, Evaluation.succeeded(loss, weights, curve))


def tiny(**settings) -> AntSearch:
    """One input, one output, no hidden node: every network uses every weight but recurrent ones."""
    return started(1, 1, n_layers=0, max_skip=0, n_ants=1, population=10, **settings)


def test_epochs_are_handed_down_with_the_weights_by_hand():
    search = tiny(weights=0.5)
    first, second = search.ask(0, rng(0)), search.ask(1, rng(1))
    assert first.how["epochs_before"] == second.how["epochs_before"] == 0
    told(search, first, 0.4, 10)  # 0.5 * 10 + 0.5 * 0 = 5
    assert search.colony.epochs == pytest.approx(5.0)
    third = search.ask(2, rng(2))
    assert third.how["epochs_before"] == 5
    told(search, second, 0.3, 8)  # it started from nothing: 0.5 * 8 + 0.5 * 5 = 6.5
    told(search, third, 0.2, 10)  # 0.5 * (5 + 10) + 0.5 * 6.5 = 10.75
    assert search.colony.epochs == pytest.approx(10.75)
    assert search.ask(3, rng(3)).how["epochs_before"] == 11  # rounded up


def test_a_network_counts_the_most_epochs_of_any_of_its_weights():
    search = started(weights=0.9, n_ants=20)
    search.colony.epochs[:] = 3.0
    candidate = search.ask(0, rng(0))
    assert candidate.how["epochs_before"] == 3
    search.colony.epochs[-1] = 40.0  # the last output's bias, which every network has
    assert search.ask(1, rng(1)).how["epochs_before"] == 40


def test_weights_drawn_anew_have_no_training_behind_them():
    search = tiny(weights="none")
    told(search, search.ask(0, rng(0)), 0.4, 10)
    assert search.ask(1, rng(1)).how["epochs_before"] == 0


def test_a_network_that_hands_nothing_down_hands_down_no_epochs():
    search = tiny()
    told(search, search.ask(0, rng(0)), 0.4, 10)  # best and worst at once: phi is 0
    assert search.colony.epochs.max() == 0.0
    search.tell(search.ask(1, rng(1)).number, Evaluation.failed("it diverged"))
    assert search.colony.epochs.max() == 0.0
    told(search, search.ask(2, rng(2)), 0.2, 10)  # the best of two: phi is 0.9
    assert search.colony.epochs == pytest.approx(9.0)


def test_a_state_keeps_the_epochs_of_the_colony_and_of_who_is_out():
    search = tiny(weights=0.5)
    told(search, search.ask(0, rng(0)), 0.4, 10)
    waiting = search.ask(1, rng(1))
    state = json.loads(json.dumps(search.state(), default=lambda array: array.tolist()))
    restored = AntSearch.from_state(search.settings, Problem(("in0",), ("out0",)), state)
    for one in (search, restored):
        told(one, waiting, 0.3, 10)
    assert restored.colony.epochs == pytest.approx(search.colony.epochs)
    assert search.colony.epochs == pytest.approx(0.5 * 15 + 0.5 * 5)
