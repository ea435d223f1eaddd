"""Second trainings: who is trained again, when, from which weights, and what follows from it."""

from typing import Any

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.random import RandomSearch, RandomWalk
from tests.search.ants.colonies import SMALL, problem, rng, started

COLUMNS = ["a", "b", "c"], ["y", "z"]


def random_walk(**settings: Any) -> RandomWalk:
    ants = AntSwarm(**{**SMALL, **settings})
    return RandomWalk.start(RandomSearch(ants), problem(*COLUMNS), rng())


def trained(candidate: Candidate, loss: float, n_epochs: int = 10) -> Evaluation:
    weights = candidate.genome.weights
    assert weights is not None
    return Evaluation.succeeded(loss, weights + np.float32(0.01), (1.0,) * n_epochs + (loss,))


def asked_and_told(search: AntSearch | RandomWalk, losses: list[float]) -> list[Candidate]:
    candidates = []
    for number, loss in enumerate(losses):
        candidates.append(search.ask(number, rng(number)))
        search.tell(number, trained(candidates[-1], loss))
    return candidates


@pytest.mark.parametrize("begin", [started, random_walk])
def test_the_best_is_trained_again_once_its_share_of_the_time_has_come(begin):
    search = begin(second_training=4, second_share=0.5)
    candidates = asked_and_told(search, [0.4, 0.2, 0.3, 0.5, 0.1, 0.35])
    # Four trainings allow one of four times the length; the best by then is number 1.
    assert [one.effort for one in candidates] == [1, 1, 1, 1, 4, 1]
    again, first = candidates[4], candidates[1]
    assert again.parents == (1,)
    assert again.how == {"trained_again": 1, "epochs_before": 10}
    assert again.genome.to_dict() == first.genome.to_dict()
    assert first.genome.weights is not None
    assert again.genome.weights == pytest.approx(first.genome.weights + 0.01)


@pytest.mark.parametrize("begin", [started, random_walk])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_second_trainings_take_their_share_and_no_more(begin, share):
    search = begin(second_training=3, second_share=share, population=20)
    candidates = asked_and_told(search, [1.0 / (1 + i * 7 % 97) for i in range(150)])
    efforts = np.array([one.effort for one in candidates])
    spent_again = np.cumsum(np.where(efforts > 1, efforts, 0))
    assert (spent_again <= share * np.cumsum(efforts) + 1e-9).all()
    assert spent_again[-1] > share * efforts.sum() - 6
    parents = [one.parents[0] for one in candidates if one.effort > 1]
    assert len(set(parents)) == len(parents), "no network is trained a third time"
    assert all(efforts[parent] == 1 for parent in parents)


@pytest.mark.parametrize("begin", [started, random_walk])
def test_none_is_trained_again_where_it_is_switched_off(begin):
    candidates = asked_and_told(begin(second_training=0), [0.5] * 20)
    assert all(one.effort == 1 and not one.parents for one in candidates)


@pytest.mark.parametrize("begin", [started, random_walk])
def test_a_failed_network_is_not_trained_again(begin):
    search = begin(second_training=1, second_share=0.5)
    search.ask(0, rng(0))
    search.tell(0, Evaluation.failed("it diverged"))
    assert search.ask(1, rng(1)).effort == 1
    assert not search.ask(1 + 1, rng(2)).parents


@pytest.mark.parametrize("begin", [started, random_walk])
def test_a_second_training_that_fails_is_not_repeated(begin):
    search = begin(second_training=1, second_share=0.5)
    asked_and_told(search, [0.4])
    assert search.ask(1, rng(1)).parents == (0,)
    search.tell(1, Evaluation.failed("it diverged"))
    for number in range(2, 6):
        candidate = search.ask(number, rng(number))
        assert candidate.parents != (0,)
        search.tell(number, trained(candidate, 0.5))


def test_networks_of_first_and_second_training_are_not_compared():
    search = started(second_training=2, second_share=0.5, population=2)
    asked_and_told(search, [0.4, 0.3, 0.05, 0.35])
    assert search.population.losses == (0.3, 0.35)
    assert search.finished.losses == (0.05,)


def test_the_weights_of_a_second_training_are_handed_down():
    search = started(second_training=1, second_share=0.5)
    losses = [0.4, 0.3, 0.4, 0.2]  # numbers 1 and 3 are second trainings
    *_, third = asked_and_told(search, losses[:3])
    before = search.colony.weights.copy()
    again = search.ask(3, rng(3))
    assert again.parents == (2,)
    assert again.genome.to_dict() == third.genome.to_dict()
    search.tell(3, trained(again, losses[3]))
    changed = search.colony.weights != before
    assert changed.sum() == again.genome.n_all_weights
    assert again.genome.weights is not None
    mixed = 0.9 * (again.genome.weights + 0.01) + 0.1 * before[changed]  # 0.2 is the best so far
    assert np.sort(search.colony.weights[changed]) == pytest.approx(np.sort(mixed), abs=1e-6)
