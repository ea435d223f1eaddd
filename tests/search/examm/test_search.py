"""Ask and tell: islands in turn, phases, what verdicts change, and that a state continues."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.search.examm import Examm, ExammSearch
from cellcolony.search.examm.mutations import MUTATIONS
from cellcolony.store.encoding import decode, encode
from cellcolony.store.sameness import first_difference
from tests.search.examm.genomes import (
    PROBLEM,
    SMALL,
    as_plain,
    loss_of,
    plain,
    problems,
    rng,
    run,
    started,
    succeeded,
)

ONLY_CLONES = {name: float(name == "clone") for name in MUTATIONS.names()}


def kept(search: ExammSearch, **settings) -> ExammSearch:
    """The search after its state was written and read."""
    tree, arrays = encode(search.state())
    state = decode(plain(tree), arrays)
    return ExammSearch.from_state(Examm(**{**SMALL, **settings}), search.problem, state)


def same(left: ExammSearch, right: ExammSearch) -> bool:
    return first_difference(left.state(), right.state()) is None


@settings(max_examples=25, deadline=None)
@given(
    problem=problems(),
    n_mutations=st.integers(1, 3),
    lamarckian=st.booleans(),
    repopulation=st.sampled_from(["none", "best_genome", "best_parents", "random_parents"]),
    seed=st.integers(0, 1000),
)
def test_every_network_is_whole_in_every_order_of_telling(problem, seed, **changed):
    search = started(problem, repopulate_after=10, **changed)
    out, stream = {}, rng(seed)
    for number in range(40):
        out[number] = search.ask(number, rng(seed + number))
        network = out[number].genome
        assert network.live
        assert [node.name for node in network.inputs] == list(problem.inputs)
        assert [node.name for node in network.outputs] == list(problem.outputs)
        assert {node.cell for node in network.outputs} == {problem.output_cell}
        while len(out) > stream.integers(6):
            one = sorted(out)[stream.integers(len(out))]
            failed = stream.random() < 0.2
            verdict = Evaluation.failed("it diverged") if failed else succeeded(
                out[one], loss_of(one)
            )  # fmt: skip
            search.tell(one, verdict)
            del out[one]
        assert set(search.pending) == set(out)


def test_islands_are_fed_in_turn():
    search = started()
    assert [one.how["island"] for one in run(search, 7)] == [0, 1, 2, 0, 1, 2, 0]


def test_until_all_islands_are_full_there_are_mutations_alone_the_first_of_the_seed_genome():
    search = started(island_size=4)
    n = 0
    while not search.were_full:
        (one,) = run(search, 1, n)
        assert not any("crossover" in done for done in one.how["operations"])
        assert (one.parents == ()) == (n < 3)  # one an island
        assert all(number % 3 == n % 3 for number in one.parents)  # of the same island
        n += 1
    assert n >= 12


def test_of_full_islands_children_come_by_the_probabilities():
    search = started(n_islands=4, island_size=5)
    run(search, 200)
    assert search.were_full
    ways = Counter()
    for one in run(search, 600, 200):
        operations = one.how["operations"]
        ways[operations[0] if "crossover" in operations[0] else "mutation"] += 1
        assert len(one.parents) == (2 if "crossover" in operations[0] else 1)
    assert abs(ways["mutation"] / 600 - 0.7) < 0.06  # 3 standard errors
    assert abs(ways["crossover_within"] / 600 - 0.2) < 0.05
    assert abs(ways["crossover_between"] / 600 - 0.1) < 0.04


def test_of_two_parents_the_fitter_is_named_first():
    search = started(p_mutation=0.0, p_within=0.5, p_between=0.5)
    for one in run(search, 60):
        losses = [loss_of(number) for number in one.parents]
        assert losses == sorted(losses)


def test_a_single_genome_on_a_single_island_is_mutated():
    search = started(n_islands=1, island_size=1, p_mutation=0.0, p_within=0.5, p_between=0.5)
    for one in run(search, 10):
        assert not any("crossover" in done for done in one.how["operations"])


def test_children_start_from_trained_weights_and_count_the_epochs_behind_them():
    search = started(rates=ONLY_CLONES, n_islands=1, island_size=1)
    first = search.ask(0, rng())
    assert first.how["operations"] == ["clone"]
    search.tell(0, succeeded(first))
    second = search.ask(1, rng(1))
    assert first.genome.weights is not None
    assert second.genome.weights is not None
    assert np.array_equal(second.genome.weights, first.genome.weights + np.float32(0.01))
    assert (second.parents, second.how["epochs_before"]) == ((0,), 1)


def test_without_inheritance_weights_are_drawn_anew():
    search = started(lamarckian=False, rates=ONLY_CLONES, n_islands=1, island_size=1)
    first = search.ask(0, rng())
    search.tell(0, succeeded(first))
    second = search.ask(1, rng(1))
    assert second.genome.to_dict() == first.genome.to_dict()
    assert first.genome.weights is not None
    assert second.genome.weights is not None
    assert not np.isclose(second.genome.weights, first.genome.weights).any()
    assert second.how["epochs_before"] == 0


def test_a_failed_candidate_leaves_the_islands_as_they_were():
    search = started()
    run(search, 20)
    before = list(search.islands)
    network = search.ask(20, rng()).genome
    search.tell(20, Evaluation.failed("it diverged"))
    search.ask(21, rng())
    assert network.weights is not None
    endless = np.full(network.n_all_weights, np.inf)
    search.ask(22, rng())
    search.tell(21, Evaluation(0.0, None, failure="it died"))
    assert search.islands == before
    network = search.ask(23, rng(3)).genome
    endless = np.full(network.n_all_weights, np.inf)
    search.tell(23, Evaluation.succeeded(0.001, endless))
    assert search.islands == before


def test_weights_of_another_network_are_refused_and_the_candidate_stays_out():
    search = started()
    search.ask(0, rng())
    with pytest.raises(GenomeError, match=r"must have shape \(\d+,\)\. Got \(3,\)"):
        search.tell(0, Evaluation.succeeded(0.1, np.zeros(3, np.float32)))
    assert set(search.pending) == {0}


def test_a_number_is_told_once():
    search = started()
    search.tell(0, succeeded(search.ask(0, rng())))
    for number in (0, 5):
        with pytest.raises(KeyError, match="never asked, or was told before"):
            search.tell(number, Evaluation.failed("it diverged"))


@pytest.mark.parametrize("repopulation", ["none", "best_parents"])
@pytest.mark.parametrize("n", [0, 5, 12, 60])
def test_a_state_continues_to_the_bit(n, repopulation):
    changed = {"repopulation": repopulation, "repopulate_after": 9}
    search = started(**changed)
    run(search, n)
    out = [search.ask(number, rng(number)) for number in range(n, n + 4)]
    restored = kept(search, **changed)
    assert same(search, restored)
    assert restored.pending == search.pending
    for one in (search, restored):
        one.tell(n + 2, succeeded(out[2], 0.05))
        one.tell(n, Evaluation.failed("it diverged"))
        run(one, 30, n + 4)
    assert same(search, restored)


def test_a_search_depends_on_its_streams_and_what_it_is_told_alone():
    first, second = started(), started()
    a, b = run(first, 40), run(second, 40)
    assert [one.genome.to_dict() for one in a] == [one.genome.to_dict() for one in b]
    assert same(first, second)


def test_outputs_compute_the_cell_of_the_problem_and_an_unknown_one_is_refused():
    assert (
        started(Problem(("a",), ("y",), "simple")).ask(0, rng()).genome.outputs[0].cell == "simple"
    )
    with pytest.raises(ConfigError, match="'linaer'"):
        started(Problem(("a",), ("y",), "linaer"))


def test_members_keep_one_genome_of_each_structure():
    search = started(island_size=6)
    run(search, 150)
    for island in search.islands:
        assert len({one.genome.structure for one in island.members}) == len(island.members) == 6
        losses = [one.loss for one in island.members]
        assert losses == sorted(losses)


def test_the_state_of_another_search_is_refused():
    search = started()
    run(search, 10)
    state = search.state()
    with pytest.raises(ConfigError, match="has 3 islands, not 4"):
        ExammSearch.from_state(Examm(**{**SMALL, "n_islands": 4}), PROBLEM, state)
    with pytest.raises(ConfigError, match="other inputs"):
        ExammSearch.from_state(Examm(**SMALL), Problem(("a", "b"), ("y", "z")), state)
    with pytest.raises(ConfigError, match="A saved"):
        ExammSearch.from_state(Examm(**{**SMALL, "island_size": 1}), PROBLEM, state)


def _damage(state):
    """Yield states with one value that cannot be, by what it is."""
    island = state["islands"][0]
    genome = island["genomes"][0]
    for place, key, value in (
        (state, "turn", 3), (state, "turn", -1), (state, "n_since_erased", -1),
        (state, "inputs", ["x"]),
        (state, "islands", state["islands"][:2]), (state, "output_cell", "mgu"),
        (island, "losses", [float("nan"), 1.0]), (island, "losses", [2.0, 1.0]),
        (island, "losses", [0.1]), (island, "numbers", [-1, 2]), (island, "founded", -1),
        (genome, "depths", np.full(len(genome["depths"]), 0.5)),
        (genome, "depths", genome["depths"][1:]),
        (genome, "cells", ["gru"] * len(genome["cells"])),
        (genome, "cell_weights", genome["cell_weights"][1:]),
        (genome, "cell_weights", np.append(genome["cell_weights"], 1.0)),
        (genome, "weights", genome["weights"] * np.inf),
        (genome, "edges", genome["edges"][::-1]), (genome, "edges", genome["edges"] + 1),
        (genome, "edges", genome["edges"] * [1, 1, 1, 1, 0]),
        (genome, "nodes", genome["nodes"] + 1), (genome, "nodes", genome["nodes"][:0]),
        (genome, "nodes", genome["nodes"] * [1, 1, 0]),
        (state["innovations"], "n_nodes", 2), (state["innovations"], "n_nodes", 10**12),
        (state["innovations"], "links", state["innovations"]["links"][1:]),
        (state["innovations"], "links", state["innovations"]["links"] * 0),
        (state["pending"][0], "island", 3), (state["pending"][0], "founded", -2),
        (state["pending"][0], "number", -2), (state["pending"][0], "epochs", -2),
    ):  # fmt: skip
        before = place[key]
        place[key] = value
        yield f"{key} {value}"
        place[key] = before


def refused(state, what):
    ExammSearch.from_state(Examm(**SMALL), PROBLEM, state)
    pytest.fail(what)


def test_a_state_that_cannot_be_is_refused():
    search = started()
    run(search, 30)
    search.ask(30, rng())
    state = search.state()
    for what in _damage(state):
        with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
            refused(state, what)
    for key in state:
        with pytest.raises(KeyError):
            ExammSearch.from_state(
                Examm(**SMALL), PROBLEM, {k: v for k, v in state.items() if k != key}
            )
    assert as_plain(search.islands[0].members[0].genome) == plain(state["islands"][0]["genomes"][0])
