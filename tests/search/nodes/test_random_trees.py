"""Random trees: as many, as different and as large as those of evolution; nothing is learned."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony.cells.tree_constants import is_constant
from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError
from cellcolony.search.ants import AntSwarm
from cellcolony.search.methods import control_of, method_of
from cellcolony.search.nodes import NodeEvolution, RandomTrees
from cellcolony.search.random import RandomSearch
from tests.search.nodes.evolutions import begun, restored, rng, run, small, stored, tree_of, verdict


def test_it_draws_as_many_trees_as_an_evolution_no_two_the_same_and_none_a_constant():
    evolution = small(population=40)
    assert evolution.n_candidates == 320
    candidates = run(begun(RandomTrees(evolution)), 320)
    trees = [tree_of(c) for c in candidates]
    assert len({one.key for one in trees}) == 320
    assert not any(map(is_constant, trees))
    assert all(c.parents == () and c.how["operation"] == "random" for c in candidates)


def test_trees_of_every_number_of_rounds_are_drawn_and_the_first_are_simple():
    candidates = run(begun(RandomTrees(small(population=40))), 320)
    rounds = [c.how["rounds"] for c in candidates]
    assert set(rounds) == set(range(8))
    simple = [c for c in candidates if c.how["rounds"] == 0 and c.how["tries"] == 1]
    assert {tree_of(c).n_elements for c in simple} == {29}


def test_sizes_and_heights_cover_those_that_evolution_reaches_without_selection():
    evolution = NodeEvolution(population=20)
    noise = rng(1)
    evolved = run(begun(evolution), judge=lambda _: Evaluation(4 + noise.random(), None))
    drawn = run(begun(RandomTrees(evolution)), evolution.n_candidates)
    for size in ("n_elements", "height"):
        low, high = np.quantile([getattr(tree_of(c), size) for c in drawn], [0.02, 0.98])
        of_evolution = [getattr(tree_of(c), size) for c in evolved]
        assert np.mean([low <= n <= high for n in of_evolution]) > 0.8


def test_it_learns_nothing_never_waits_and_is_told_in_any_order():
    search, blind = (begun(RandomTrees(small())) for _ in range(2))
    for number in range(20):
        assert tree_of(search.ask(number, rng(number))) == tree_of(blind.ask(number, rng(number)))
        if number % 3 == 2:
            for told in (number, number - 2, number - 1):
                search.tell(told, verdict(told))
    assert set(search.pending) == {18, 19}
    assert set(blind.pending) == set(range(20))
    with pytest.raises(KeyError, match="told before"):
        search.tell(0, verdict(0))


@pytest.mark.parametrize("at", [0, 17, 96])
def test_a_restored_search_continues_as_if_nothing_had_happened(at):
    search = begun(RandomTrees(small()))
    for number in range(at):
        search.ask(number, rng(number))
        if number % 2:
            search.tell(number, verdict(number))
    again = restored(RandomTrees(small()), stored(search.state()))
    assert again.pending == search.pending
    for number in range(at, 97):
        one, other = (each.ask(number, rng(number)) for each in (search, again))
        assert tree_of(one) == tree_of(other)


@pytest.mark.parametrize(
    ("key", "value"),
    [("pending", [-2]), ("seen", [3]), ("pending", None)],
)
def test_a_damaged_state_is_refused(key, value):
    state = stored(begun(RandomTrees(small())).state())
    state[key] = value
    with pytest.raises((ConfigError, TypeError, ValueError)):
        restored(RandomTrees(small()), state)


def test_it_is_the_control_of_an_evolution_of_nodes():
    evolution = small()
    assert control_of(evolution) == RandomTrees(evolution)
    assert method_of(evolution)[0] == "nodes"
    assert method_of(RandomTrees())[0] == "random-trees"
    assert isinstance(control_of(AntSwarm()), RandomSearch)
