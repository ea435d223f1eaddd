"""Ask and tell over trees: generations, verdicts in any order, and states that continue."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from cellcolony.cells.tree_constants import is_constant
from cellcolony.contract import DONE, WAIT, Candidate, Evaluation, Signal
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.search.nodes import NodeEvolution, NodeSearch
from cellcolony.search.nodes.offspring import CLONE
from tests.search.nodes.evolutions import (
    begun,
    restored,
    rng,
    run,
    small,
    started,
    stored,
    tree_of,
    verdict,
)


def test_the_first_trees_are_simple_all_different_and_half_of_them_have_a_memory_leaf():
    search = begun(NodeEvolution())
    trees = [tree_of(search.ask(number, rng(number))) for number in range(100)]
    assert len({one.key for one in trees}) == 100
    assert {one.root.shape for one in trees} == {trees[0].root.shape}
    assert (trees[0].n_elements, trees[0].height) == (29, 6)
    assert sum(one.root.reads_memory for one in trees) == 50
    assert not any(map(is_constant, trees))


@pytest.mark.parametrize("start_height", [2, 4])
def test_a_population_that_is_larger_than_the_number_of_simple_trees_has_no_duplicates(
    start_height,
):
    search = started(start_height=start_height, population=100, most_active=2)
    trees = [tree_of(search.ask(number, rng(number))) for number in range(100)]
    assert len({one.key for one in trees}) == 100


@cache
def usual() -> tuple[Candidate, ...]:
    """All that a small search asks."""
    return tuple(run(started()))


def test_every_generation_is_of_the_same_size_and_the_last_is_followed_by_nothing():
    search = started()
    candidates = run(search)
    assert [candidate.how["generation"] for candidate in candidates] == [
        generation for generation in range(8) for _ in range(12)
    ]
    assert search.ask(96, rng()) is DONE
    assert search.ask(97, rng()) is DONE


@pytest.mark.parametrize("seed", range(3))
def test_no_tree_is_evaluated_twice_but_for_clones_which_are_counted(seed):
    candidates = run(started(seed, generations=10))
    made = [c for c in candidates if c.how["operation"] != CLONE]
    assert len({tree_of(c).key for c in made}) == len(made)
    assert len(made) > 0.9 * len(candidates)
    for candidate in candidates:
        assert candidate.how["tries"] == 1 + sum(candidate.how["vain"].values())


@pytest.mark.parametrize("seed", range(3))
def test_no_offspring_belongs_to_a_species_that_had_fallen(seed):
    search = started(seed, generations=9)
    fallen: list[int] = []
    for number in range(108):
        candidate = search.ask(number, rng(number))
        assert not isinstance(candidate, Signal)
        fallen = candidate.how.get("census", {}).get("hall_of_shame", fallen)
        if candidate.how["operation"] != CLONE:
            assert candidate.how["species"] not in fallen
            assert not search.speciation.hall.holds(tree_of(candidate), 0.3)
        assert len(search.speciation.active) <= 3
        assert len(search.speciation.waiting.species) <= 6
        search.tell(number, verdict(number))
    assert fallen


def test_lines_of_the_journal_tell_the_lineage_and_the_species():
    candidates = usual()
    assert json.loads(json.dumps([c.how for c in candidates])) == [c.how for c in candidates]
    census = [c.how["census"] for c in candidates if "census" in c.how]
    assert len(census) == 8
    assert set(census[0]) == {"active", "n_inactive", "hall_of_shame"}
    for number, candidate in enumerate(candidates):
        assert candidate.number == number
        how = candidate.how
        assert how["operation"] == how["operations"][0]
        if how["generation"] == 0:
            assert (candidate.parents, how["operation"]) == ((), "start")
        else:
            assert len(candidate.parents) == 1 + ("crossover" in how["operations"])
            assert all(parent < number for parent in candidate.parents)


def test_failed_trees_never_breed_while_others_can():
    candidates = usual()
    parents = {parent for candidate in candidates for parent in candidate.parents}
    assert not any(verdict(parent).failure for parent in parents)


def test_where_all_failed_the_search_goes_on():
    candidates = run(started(), judge=lambda _: Evaluation.failed("diverged"))
    assert len(candidates) == 96
    assert len({tree_of(c).key for c in candidates if c.how["operation"] != CLONE}) > 80


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_a_failure(loss):
    search = started()
    search.ask(0, rng())
    search.tell(0, Evaluation(loss, None))
    assert search.results[0][1].loss == math.inf


def test_while_results_are_out_a_generation_is_waited_for_and_nothing_changes():
    search = started()
    for number in range(12):
        search.ask(number, rng(number))
    for number in range(11):
        search.tell(number, verdict(number))
        state = search.state()
        assert search.ask(12, rng()) is WAIT
        assert search.state() == state
        assert list(search.pending) == list(range(number + 1, 12))
    search.tell(11, verdict(11))
    assert not isinstance(search.ask(12, rng()), Signal)


def test_after_the_last_tree_nothing_is_waited_for():
    search = started(generations=1)
    for number in range(12):
        search.ask(number, rng(number))
    assert search.ask(12, rng()) is DONE
    assert len(search.pending) == 12


@pytest.mark.parametrize("seed", range(2))
def test_results_are_told_in_any_order(seed):
    asked = []
    for order in (list(range(12)), rng(seed).permutation(12).tolist()):
        search = started()
        trees = []
        for generation in range(4):
            first = 12 * generation
            trees += [tree_of(search.ask(first + i, rng(first + i))) for i in range(12)]
            for i in order:
                search.tell(first + i, verdict(first + i))
        asked.append(trees)
    assert asked[0] == asked[1]


def test_a_number_is_told_once_and_only_after_it_was_asked():
    search = started()
    with pytest.raises(KeyError, match="never asked"):
        search.tell(0, verdict(0))
    search.ask(0, rng())
    search.tell(0, verdict(0))
    with pytest.raises(KeyError, match="told before"):
        search.tell(0, verdict(0))


@pytest.mark.parametrize("at", [0, 5, 12, 37, 71])
def test_a_restored_search_continues_as_if_nothing_had_happened(at):
    settings = small(bias=True, generations=6)
    search = begun(settings)
    for number in range(at):
        search.ask(number, rng(number))
        if number % 12 != 5 or number + 7 < at:  # some are still out
            search.tell(number, verdict(number))
        if number % 12 == 11 and number - 6 in search.pending:
            search.tell(number - 6, verdict(number - 6))
    state = search.state()
    kept = stored(state)
    again = restored(settings, kept)
    assert again.state() == state
    assert again.pending == search.pending
    assert rest(again, at) == rest(search, at)
    assert stored(state) == kept  # the state is a copy


def rest(search: NodeSearch, number: int) -> list[Any]:
    """What is still asked."""
    found = []
    while (candidate := search.ask(number, rng(number))) is not DONE:
        if candidate is WAIT:
            for out in sorted(search.pending, reverse=True):
                search.tell(out, verdict(out))
            continue
        found.append((tree_of(candidate), candidate.parents, candidate.how))
        number += 1
    return found


def test_the_same_streams_give_the_same_trees():
    one, other = ([(tree_of(c), c.how) for c in some] for some in (usual(), run(started())))
    assert one == other


def test_the_losses_decide_which_trees_follow():
    better = usual()
    worse = run(started(), 36, lambda number: Evaluation(9.0 - verdict(number).loss, None))
    assert [tree_of(c) for c in better[:12]] == [tree_of(c) for c in worse[:12]]
    assert [tree_of(c) for c in better[12:36]] != [tree_of(c) for c in worse[12:]]


def test_evolution_finds_what_is_rewarded():
    losses: dict[int, float] = {}
    search = started(population=30, generations=10, most_active=4)
    number = 0
    while (candidate := search.ask(number, rng(number))) is not DONE:
        one = tree_of(candidate)
        losses[number] = 5.0 - sum(element.op == "mul" for element in one.root.walk())
        search.tell(number, Evaluation(losses[number], None))
        number += 1
    generations = np.array(list(losses.values())).reshape(10, 30).min(1)
    assert generations[-1] < generations[0] - 2


DAMAGE: list[tuple[str, Any]] = [
    ("generation", 8),
    ("generation", -1),
    ("generation", "x"),
    ("bias", True),
    ("queue", []),
    ("queue", None),
    ("pending", [{"number": -1, "species": 0, "tree": "add(z0, z1)"}] * 12),
    ("results", [{"species": 0, "loss": math.nan, "number": 3, "tree": "add(z0, z1)"}]),
    ("results", [{"species": 0, "loss": -math.inf, "number": 3, "tree": "add(z0, z1)"}]),
    ("results", [{"species": 0, "loss": 1.0, "number": 3, "tree": "tanh(" * 100_000}]),
    ("results", [{"species": 99, "loss": 1.0, "number": 3, "tree": "add(z0, z1)"}]),
    ("species", {}),
    ("species", []),
]


@pytest.mark.parametrize(("key", "value"), DAMAGE, ids=lambda v: repr(v)[:30])
def test_a_damaged_state_is_refused(key, value):
    search = started()
    search.ask(0, rng())
    search.tell(0, verdict(0))
    state = stored(search.state())
    state[key] = value
    with pytest.raises((ConfigError, GenomeError, KeyError, TypeError, ValueError)):
        restored(small(), state)


SPECIES_DAMAGE: list[tuple[str, Any]] = [
    ("n_founded", 0),
    ("active", []),
    ("active", [{"id": i, "founder": "z0", "members": [], "stale": 0} for i in range(4)]),
    ("active", [{"id": 0, "founder": "z0", "members": [], "stale": -1}]),
    ("active", [{"id": 0, "founder": "tanh(tanh(z0))", "members": [], "stale": 0}]),
    ("inactive", [{"id": 5, "offspring": []}]),
    ("seen", ["xyz"]),
    ("seen", [1]),
]


@pytest.mark.parametrize(("key", "value"), SPECIES_DAMAGE, ids=lambda v: repr(v)[:30])
def test_species_that_cannot_be_are_refused(key, value):
    state = stored(started().state())
    state["species"][key] = value
    with pytest.raises((ConfigError, GenomeError, KeyError, TypeError, ValueError)):
        restored(small(), state)


def test_the_state_of_another_search_is_refused():
    state = stored(started().state())
    with pytest.raises(ConfigError, match="another search: 12 trees in generation 0"):
        restored(small(population=10), state)
    with pytest.raises(ConfigError, match="`bias` is False there"):
        restored(small(bias=True), state)


WRONG: list[tuple[str, Any, str]] = [
    ("population", 0, "be a whole number of at least 1"),
    ("population", 2.0, "be a whole number of at least 1"),
    ("population", True, "be a whole number of at least 1"),
    ("generations", 10**6, "be at most 100,000"),
    ("crossover_rate", 1.1, r"be a number in \[0, 1\]"),
    ("insert_rate", -0.1, r"be a number in \[0, 1\]"),
    ("shrink_rate", math.nan, r"be a number in \[0, 1\]"),
    ("replace_rate", "0.3", r"be a number in \[0, 1\]"),
    ("modi_rate", None, r"be a number in \[0, 1\]"),
    ("threshold", -1, r"be a number in \[0, 1e"),
    ("threshold", math.inf, r"be a number in \[0, 1e"),
    ("most_active", 0, "be a whole number of at least 1"),
    ("most_inactive", -1, "be a whole number of at least 0"),
    ("stagnation", 0, "be a whole number of at least 1"),
    ("n_parents", 0, "be a whole number of at least 1"),
    ("tournament", 0, "be a whole number of at least 1"),
    ("most_tries", 0, "be a whole number of at least 1"),
    ("start_height", 5, "be even, and at most"),
    ("start_height", 16, "be even, and at most"),
    ("most_height", 16, "be at most 15"),
    ("bias", 1, "be true or false"),
]


@pytest.mark.parametrize(("name", "value", "must"), WRONG, ids=str)
def test_a_setting_that_cannot_be_is_refused_with_its_cure(name, value, must):
    with pytest.raises(ConfigError, match=f"`{name}` must {must}.* Got "):
        NodeEvolution(**{name: value})


def test_an_evolution_in_which_nothing_ever_changes_is_refused():
    with pytest.raises(ConfigError, match="no tree would ever change"):
        NodeEvolution(insert_rate=0, shrink_rate=0, replace_rate=0)


@pytest.mark.parametrize(
    "settings",
    [
        {"population": 1, "generations": 30},
        {"population": 2, "most_active": 1, "most_inactive": 0, "generations": 20},
        {"insert_rate": 0, "replace_rate": 0},
        {"crossover_rate": 0, "shrink_rate": 0},
        {"threshold": 0},
        {"threshold": 1e6, "most_tries": 5},
        {"start_height": 2, "most_height": 2, "generations": 6, "most_tries": 10},
        {"stagnation": 1, "n_parents": 1, "tournament": 9},
    ],
    ids=str,
)
def test_unusual_settings_come_to_their_end(settings):
    evolution = small(**settings)
    candidates = run(begun(evolution))
    assert len(candidates) == evolution.n_candidates
    assert max(tree_of(c).height for c in candidates) <= evolution.most_height
