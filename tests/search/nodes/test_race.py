"""The race of nodes: seeds, variation, rungs, controls and its state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree_constants import is_constant
from cellcolony.cells.tree_value import digest_of
from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError
from cellcolony.search.methods import control_of
from cellcolony.search.nodes import RacedNodes
from cellcolony.search.nodes.bounded import is_bounded
from cellcolony.search.nodes.grammar import PAPER
from cellcolony.search.nodes.raced import RandomNodes, WalkedNodes
from tests.search.nodes.evolutions import begun, restored, rng, stored, tree_of

N = 150
APART = RacedNodes(immigrant_rate=0.3, niches=True)


def verdict(candidate: Candidate) -> Evaluation:
    """A loss that falls with training, and that some nodes do better at than others."""
    if candidate.number % 11 == 7:
        return Evaluation.failed("diverged")
    luck = int(digest_of(tree_of(candidate))[:4], 16) / 2**16
    return Evaluation(4.0 + luck - 0.01 * candidate.effort, None)


def run(search: Any, begin: int = 0, end: int = N) -> list[Candidate]:
    found = []
    for number in range(begin, end):
        candidate = search.ask(number, rng(number))
        assert isinstance(candidate, Candidate)
        found.append(candidate)
        search.tell(number, verdict(candidate))
    return found


@cache
def raced(settings: Any, n: int = N) -> tuple[Candidate, ...]:
    """What a race of these settings asks from its start."""
    return tuple(run(begun(settings), 0, n))


def first_of(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in candidates if one.how["rung"] == 0]


def test_the_seeds_run_first_and_every_later_node_is_bounded_new_and_no_constant():
    first = first_of(raced(RacedNodes()))
    names = {one.how["operations"][1] for one in first[: len(SEEDS)]}
    assert names == set(SEEDS)
    assert {tree_of(one) for one in first[: len(SEEDS)]} == {known_tree(n) for n in SEEDS}
    trees = [tree_of(one) for one in first]
    assert all(map(is_bounded, trees))
    assert not any(map(is_constant, trees))
    assert len(set(map(digest_of, trees))) == len(trees)
    assert all(one.parents for one in first[len(SEEDS) :])


def test_the_best_of_a_rung_is_trained_anew_and_longer_at_its_own_rate():
    candidates = run(begun(RacedNodes(efforts=(2, 6), shares=(0.5, 0.5))))
    by_number = {one.number: one for one in candidates}
    again = [one for one in candidates if one.how["rung"] == 1]
    assert again
    for one in again:
        before = by_number[one.how["trained_again"]]
        assert (one.effort, before.effort) == (6, 2)
        assert (tree_of(one), one.rate) == (tree_of(before), before.rate)
        assert one.parents == (before.number,)
    efforts = Counter(one.how["rung"] for one in candidates)
    assert 6 * efforts[1] <= 0.5 * (2 * efforts[0] + 6 * efforts[1])


def test_the_best_breed_and_in_the_walk_anybody_does():
    losses: dict[str, dict[int, float]] = {}
    parents: dict[str, list[float]] = {}
    for settings in (RacedNodes(), WalkedNodes()):
        name = type(settings).__name__
        candidates = raced(settings)
        found = {one.number: verdict(one).loss for one in candidates}
        losses[name] = found
        bred = [one for one in first_of(candidates) if one.parents and one.number > 75]
        parents[name] = [found[number] for one in bred for number in one.parents]
    mean = {name: sum(some) / len(some) for name, some in parents.items()}
    assert mean["RacedNodes"] < 4.2 < 4.35 < mean["WalkedNodes"]


def test_random_nodes_have_neither_seeds_nor_parents():
    first = first_of(raced(RandomNodes()))
    assert all(one.parents == () and one.how["operation"] == "random" for one in first)
    assert len({tree_of(one).n_elements for one in first}) > 10


@pytest.mark.parametrize("guide", ["elite", "walk"])
def test_some_nodes_are_immigrants_as_often_as_asked_and_breed_like_others(guide):
    candidates = raced(RacedNodes(immigrant_rate=0.3, guide=guide), 220)
    later = [one for one in first_of(candidates) if one.how["operation"] != "start"]
    came = {one.number for one in later if one.how["operation"] == "random"}
    assert 0.2 < len(came) / len(later) < 0.4
    assert all(bool(one.parents) != (one.number in came) for one in later)
    assert any(came & {*one.parents} for one in later)


def test_lines_that_begin_at_random_race_and_breed_apart_from_those_of_the_openers():
    candidates = run(begun(APART), 0, 250)
    niche = {one.number: one.how["niche"] for one in candidates}
    for one in candidates:
        assert {niche[parent] for parent in one.parents} <= {niche[one.number]}
    first = first_of(candidates)
    openers = [one for one in first if one.how["operation"] == "start"]
    assert {niche[one.number] for one in openers} == {"openers"}
    came = [one for one in first if one.how["operation"] == "random"]
    assert {niche[one.number] for one in came} == {"immigrants"}
    bred = Counter(niche[one.number] for one in first if one.parents)
    assert 0.4 < bred["openers"] / bred.total() < 0.6
    highest = Counter(niche[one.number] for one in candidates if one.how["rung"] == 2)
    assert abs(highest["openers"] - highest["immigrants"]) <= 1 < highest["openers"]


def test_without_niches_all_are_compared_with_all_and_no_candidate_names_one():
    candidates = raced(RacedNodes(immigrant_rate=0.3, guide="elite"), 220)
    assert not any("niche" in one.how for one in candidates)


def test_the_controls_search_the_same_space():
    race = RacedNodes(efforts=(3,), shares=(1.0,))
    assert control_of(race, "random") == RandomNodes(race)
    assert control_of(race, "walk") == WalkedNodes(race)


@pytest.mark.parametrize(
    "settings",
    [
        RacedNodes(),
        RacedNodes(immigrant_rate=0.5),
        APART,
        WalkedNodes(APART),
        RandomNodes(APART),
        WalkedNodes(),
        RandomNodes(),
    ],
)
def test_a_race_goes_on_from_its_state_as_if_it_had_never_ended(settings):
    whole, copies, asked = begun(settings), {}, []
    for number in range(90):
        asked.append(whole.ask(number, rng(number)))
        if number in (0, 3, 60):
            copies[number] = restored(settings, stored(whole.state()))
        whole.tell(number, verdict(asked[number]))
    for at, copy in copies.items():
        copy.tell(at, verdict(asked[at]))
        assert run(copy, at + 1, at + 30) == asked[at + 1 : at + 30]


def test_a_state_of_another_race_is_refused():
    state = stored(begun(RacedNodes()).state())
    with pytest.raises(ConfigError, match="An opener must be one of"):
        restored(RacedNodes(), {**state, "deck": ["lstm", "lstn"]})
    with pytest.raises(ConfigError, match="a race with other rungs"):
        restored(RacedNodes(efforts=(1,), shares=(1.0,)), state)
    apart = begun(APART)
    apart.ask(0, rng(0))
    with pytest.raises(ConfigError, match="a race with other rungs"):
        restored(RacedNodes(), stored(apart.state()))
    search = begun(RacedNodes())
    with pytest.raises(KeyError, match="told before"):
        search.tell(0, Evaluation.failed("never asked"))


def test_in_the_papers_grammar_the_lstm_alone_is_a_seed():
    first = first_of(run(begun(RacedNodes(grammar="paper")), 0, 40))
    assert tree_of(first[0]) == known_tree("lstm")
    assert all(PAPER.allows(tree_of(one)) for one in first)
    assert not PAPER.allows(known_tree("gru"))


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="`insert_rate` must be above 0"):
        RacedNodes(insert_rate=0.0, shrink_rate=0.0, replace_rate=0.0)
    with pytest.raises(ConfigError, match="`efforts` must rise"):
        RacedNodes(efforts=(4, 1, 16))
    with pytest.raises(ConfigError, match="give `immigrant_rate` above 0"):
        RacedNodes(niches=True)
