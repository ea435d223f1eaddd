"""Colonies side by side: whose turn it is, what migrates and when, and that a state continues."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.ants.colonies import Colonies
from cellcolony.search.methods import METHODS
from tests.search.ants.colonies import SMALL, plain, problem, rng
from tests.search.ants.test_search import run, same, verdict

ANTS = METHODS["ants"]
PROBLEM = problem(["in0", "in1", "in2"], ["out0", "out1"])


def swarm(**changed: Any) -> AntSwarm:
    return AntSwarm(**{**SMALL, **changed})


def started(n: int = 2, seed: int = 0, **changed: Any) -> Colonies:
    search = ANTS.start(swarm(colonies=n, **changed), PROBLEM, rng(seed))
    assert isinstance(search, Colonies)
    return search


def told(search: Colonies, number: int, loss: float) -> None:
    """Ask for a candidate and tell its loss."""
    search.tell(number, verdict(search.ask(number, rng(number)).genome, loss))


def trails(search: AntSearch) -> list[np.ndarray]:
    return [tau.copy() for tau in vars(search.colony.pheromones).values()]


def equal(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_one_colony_is_the_search_that_it_always_was():
    search = ANTS.start(swarm(), PROBLEM, rng())
    alone = AntSearch.start(swarm(), PROBLEM, rng())
    assert type(search) is AntSearch
    candidates = [one.ask(0, rng(1)) for one in (search, alone)]
    assert candidates[0].how == candidates[1].how
    assert "colony" not in candidates[0].how
    found, expected = (run(one, range(1, 20), {}) for one in (search, alone))
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))
    assert plain(search.state()) == plain(alone.state())
    assert type(ANTS.restore(swarm(), PROBLEM, search.state())) is AntSearch


def test_colonies_take_turns_whatever_numbers_they_are_asked_under():
    search = started(3)
    asked = [search.ask(number, rng(number)) for number in (0, 3, 6, 7, 9, 12)]
    assert [one.how["colony"] for one in asked] == [0, 1, 2, 0, 1, 2]
    assert [sorted(member.pending) for member in search.members] == [[0, 7], [3, 9], [6, 12]]
    assert sorted(search.pending) == [0, 3, 6, 7, 9, 12]


def test_without_migration_each_colony_is_as_if_it_were_alone():
    search = started(2, migrate_after=0)
    stream = rng()
    alone = [AntSearch.start(search.settings, PROBLEM, stream) for _ in range(2)]
    for number in range(24):
        told(search, number, 0.1 + (number * 7 % 11) / 50)
        own = alone[number % 2]
        network = own.ask(number, rng(number)).genome
        own.tell(number, verdict(network, 0.1 + (number * 7 % 11) / 50))
    for member, one in zip(search.members, alone, strict=True):
        assert plain(member.state()) == plain(one.state())
    assert not equal(trails(search.members[0]), trails(search.members[1]))


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_pheromone_of_the_colony_with_the_best_network_migrates_to_the_others(share):
    search = started(3, migrate_after=2, migration_share=share, evaporation="with_deposits")
    losses = [0.5, 0.1, 0.3, 0.2, 0.4, 0.6]  # the best is the second colony's
    for number in range(5):
        told(search, number, losses[number])
    candidate = search.ask(5, rng(5))
    without = AntSearch.from_state(search.settings, PROBLEM, search.members[2].state())
    without.tell(5, verdict(candidate.genome, losses[5]))
    first, best, third = *map(trails, search.members[:2]), trails(without)
    search.tell(5, verdict(candidate.genome, losses[5]))
    assert search.best is search.members[1]
    assert equal(trails(search.members[1]), best)
    for member, before in ((search.members[0], first), (search.members[2], third)):
        for tau, own, arriving in zip(trails(member), before, best, strict=True):
            assert tau == pytest.approx((1 - share) * own + share * arriving)
    assert not equal(trails(search.members[0]), first)


def test_it_migrates_whenever_so_many_of_each_colony_were_told_in_whatever_order():
    search = started(2, migrate_after=2, migration_share=1.0, evaporation="with_deposits")
    asked = {number: search.ask(number, rng(number)) for number in range(8)}
    is_same = []
    for place, number in enumerate((7, 6, 1, 3, 0, 2, 5, 4)):
        search.tell(number, verdict(asked[number].genome, 0.9 - place / 10))
        is_same.append(equal(*map(trails, search.members)))
    assert is_same == [False, False, False, True, False, False, False, True]


def test_failures_count_and_nothing_migrates_before_a_network_has_succeeded():
    search = started(2, migrate_after=1, migration_share=1.0)
    for number in range(2):
        search.ask(number, rng(number))
    search.members[0].colony.pheromones.edges[:] = 5.0
    for number in range(2):
        search.tell(number, Evaluation.failed("it diverged"))
    assert search.best is None
    assert (search.members[0].colony.pheromones.edges == 5.0).all()
    assert (search.members[1].colony.pheromones.edges < 5.0).all()


def test_of_two_colonies_as_good_the_first_is_the_best():
    search = started(2)
    for number in range(2):
        told(search, number, 0.2)
    assert search.best is search.members[0]


@pytest.mark.parametrize("bounds", ["fixed", "published"])
def test_what_migrates_leaves_pheromone_within_what_a_colony_may_have(bounds):
    search = started(3, bounds=bounds, migrate_after=1, population=2)
    for number in range(60):
        told(search, number, 0.05 + (number * 7 % 11) / 50)
    again = ANTS.restore(search.settings, PROBLEM, plain(search.state()))  # it checks all values
    assert plain(again.state()) == plain(search.state())


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(2, 5),
    migrate_after=st.integers(0, 4),
    second_training=st.sampled_from([0, 2]),
    weights=st.sampled_from(["function", "none"]),
    seed=st.integers(0, 1000),
)
def test_a_restored_search_continues_in_every_order_of_telling(n, seed, **changed):
    searches = [started(n, seed, **changed)]
    out: dict[int, Candidate] = {}
    stream = rng(seed)
    for number in range(40):
        if number == 20:
            state = plain(searches[0].state())
            again = ANTS.restore(searches[0].settings, PROBLEM, state)
            assert isinstance(again, Colonies)
            assert plain(again.state()) == state
            searches.append(again)
        asked = [one.ask(number, rng(seed + number)) for one in searches]
        assert all(one.how == asked[0].how and same(one.genome, asked[0].genome) for one in asked)
        assert asked[0].genome.live
        out[number] = asked[0]
        while len(out) > stream.integers(1, 8):
            told_now = sorted(out)[stream.integers(len(out))]
            loss, failed = stream.random(), stream.random() < 0.2
            genome = out.pop(told_now).genome
            result = Evaluation.failed("it diverged") if failed else verdict(genome, loss)
            for one in searches:
                one.tell(told_now, result)
        assert all(set(one.pending) == set(out) for one in searches)
    assert plain(searches[0].state()) == plain(searches[1].state())


def test_a_number_is_told_once_and_only_after_it_was_asked():
    search = started(2)
    told(search, 0, 0.1)
    for number in (0, 7):
        with pytest.raises(KeyError, match="never asked, or was told before"):
            search.tell(number, Evaluation.failed("it diverged"))


def test_the_state_of_another_number_of_colonies_is_refused():
    state = plain(started(2).state())
    with pytest.raises(ConfigError, match="another number of colonies: 2, not 3"):
        ANTS.restore(swarm(colonies=3), PROBLEM, state)
    with pytest.raises(KeyError):
        ANTS.restore(swarm(), PROBLEM, state)


@pytest.mark.parametrize("n_asked", [-1, 1])
def test_colonies_that_do_not_fit_together_are_refused(n_asked):
    search = started(2)
    for number in range(2):
        search.ask(number, rng(number))
    state = plain(search.state())
    with pytest.raises(ConfigError, match="do not fit together"):
        ANTS.restore(search.settings, PROBLEM, {**state, "n_asked": n_asked})
    twins = {**state, "colonies": [state["colonies"][0]] * 2}
    with pytest.raises(ConfigError, match="do not fit together"):
        ANTS.restore(search.settings, PROBLEM, twins)
