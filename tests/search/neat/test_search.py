"""Ask and tell: generations, species, fitness sharing, verdicts in any order, saved states."""

import json
import math

import numpy as np
import pytest

from cellcolony.contract import DONE, WAIT, Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError
from cellcolony.search.neat import Neat, NeatSearch
from cellcolony.search.neat.sharing import offspring_counts, stagnant
from cellcolony.search.neat.species import Member, Species
from tests.search.neat.evolving import (
    LAYOUT,
    PROBLEM,
    grown,
    rng,
    run,
    small,
    start,
    started,
    stored,
    verdict,
)


def asked(search, number):
    candidate = search.ask(number, rng(number))
    assert isinstance(candidate, Candidate)
    return candidate


def test_the_start_is_minimal_and_only_weights_differ():
    search = started()
    networks = [asked(search, number).genome for number in range(12)]
    assert {len(one.edges) for one in networks} == {6}
    assert not any(len(one.recurrent_edges) for one in networks)
    assert len({one.weights.tobytes() for one in networks}) == 12


def test_generations_are_of_one_size_and_the_last_is_followed_by_nothing():
    search = started(generations=4)
    candidates = run(search, 100)
    assert [one.how["generation"] for one in candidates] == [i for i in range(4) for _ in range(12)]
    assert search.ask(48, rng()) is DONE
    assert (Neat().n_candidates, Neat(generations=None).n_candidates) == (19_968, None)


def test_it_waits_while_results_of_a_generation_are_out_and_waiting_changes_nothing():
    search = started()
    for number in range(12):
        asked(search, number)
    for number in range(11):
        search.tell(number, verdict(number))
    before = repr(stored(search.state()))
    assert search.ask(12, rng(12)) is WAIT
    assert repr(stored(search.state())) == before
    search.tell(11, verdict(11))
    assert asked(search, 12).how["generation"] == 1


def test_the_order_of_tells_within_a_generation_changes_nothing():
    def candidates(order):
        search, found = started(), []
        for first in range(0, 48, 12):
            found += [asked(search, first + i) for i in range(12)]
            for i in order:
                search.tell(first + i, verdict(first + i))
        return [(one.genome.to_dict(), one.genome.weights.tolist(), one.how) for one in found]

    assert candidates(range(12)) == candidates(rng(3).permutation(12).tolist())


def test_a_result_that_nobody_waits_for_is_refused():
    search = started()
    asked(search, 0)
    search.tell(0, verdict(0))
    for number in (0, 5):
        with pytest.raises(KeyError):
            search.tell(number, verdict(number))


@pytest.mark.parametrize("n", [0, 5, 12, 13, 40])
def test_a_restored_search_goes_on_as_the_first_would_have(n):
    one = started()
    run(one, n)
    out = one.ask(n, rng(n))
    other = NeatSearch.from_state(one.settings, PROBLEM, stored(one.state()))
    assert isinstance(out, Candidate)
    for search in (one, other):
        search.tell(n, verdict(n))
    later = [
        [(c.genome.to_dict(), c.genome.weights.tolist(), c.parents, c.how)
         for c in run(search, 40, n + 1)]
        for search in (one, other)
    ]  # fmt: skip
    assert later[0] == later[1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state["layout"].update(inputs=["a", "b"]),
        lambda state: state["layout"].update(output_cell="linear"),
        lambda state: state.update(generation=-1),
        lambda state: state["queue"].pop(),
        lambda state: state["queue"][0].update(species=99),
        lambda state: state["queue"][0].update(numbers=state["queue"][0]["numbers"] + 99),
        lambda state: state["results"][0].update(loss=-1.0),
        lambda state: state["results"][0].update(loss=math.nan),
        lambda state: state["innovations"].update(next_number=1),
        lambda state: state["speciation"].update(threshold=math.nan),
        lambda state: state["speciation"]["species"][0].update(age=-3),
        lambda state: state["queue"][0].update(operations=[]),
    ],
)
def test_a_saved_state_that_cannot_be_is_refused(damage):
    search = started()
    run(search, 16)
    state = stored(search.state())
    damage(state)
    with pytest.raises((ConfigError, KeyError, TypeError, ValueError)):
        NeatSearch.from_state(search.settings, PROBLEM, state)


def test_lines_of_the_journal_tell_the_lineage_and_the_species():
    candidates = run(started(), 60)
    assert json.loads(json.dumps([one.how for one in candidates])) == [
        one.how for one in candidates
    ]
    assert sum("census" in one.how for one in candidates) == 5
    for one in candidates[12:]:
        assert 1 <= len(one.parents) <= 2
        assert all(parent < one.number for parent in one.parents)
        assert (len(one.parents) == 2) == ("crossover" in one.how["operations"])


def test_networks_that_failed_do_not_breed_while_others_can():
    candidates = run(started(survival=0.5), 96)
    parents = {parent for one in candidates for parent in one.parents}
    assert parents
    failed = sum(verdict(parent).failure is not None for parent in parents)
    assert failed < len(parents) / 10  # those that are alone in their species


def test_where_all_failed_the_search_goes_on():
    assert len(run(started(), 60, judge=lambda _: Evaluation.failed("no"))) == 60


def test_champions_of_large_species_go_on_unchanged():
    search = started(threshold=1000.0, champions_from=12)
    first = [asked(search, number) for number in range(12)]
    for number in range(12):
        search.tell(number, Evaluation(1.0 + abs(number - 5), None))
    second = [asked(search, number) for number in range(12, 24)]
    (champion,) = (one for one in second if one.how["operation"] == "champion")
    assert champion.parents == (5,)
    assert champion.genome.weights.tolist() == first[5].genome.weights.tolist()


def test_the_threshold_moves_towards_the_wanted_number_of_species():
    few = started(threshold=1000.0)
    assert len(few.speciation.species) == 1
    assert few.speciation.threshold == pytest.approx(1000.0 - 0.3)
    many = started(threshold=0.01)
    assert len(many.speciation.species) == 12
    assert many.speciation.threshold == pytest.approx(0.31)
    run(many, 12 * 20)
    assert 1 <= len(many.speciation.species) <= 9


def members_of(losses):
    return [Member(loss, i, start()) for i, loss in enumerate(losses)]


def test_species_get_offspring_in_proportion_to_their_shared_fitness():
    species = [Species(0, start()), Species(1, start())]
    members = {0: members_of([0.0, 0.0, 0.0]), 1: members_of([1.0])}  # a mean fitness of 1 and 1/2
    assert offspring_counts(species, members, small(population=9)) == {0: 6, 1: 3}
    dead = {0: members_of([math.inf]), 1: members_of([math.inf])}
    assert offspring_counts(species, dead, small(population=9)) == {0: 5, 1: 4}


def test_the_worst_of_the_old_species_does_not_breed():
    members = {0: members_of([0.1]), 1: members_of([0.9]), 2: members_of([5.0])}
    old = [Species(0, start(), 31), Species(1, start(), 31), Species(2, start(), 30)]
    assert stagnant(old, members, Neat()) == 1
    assert offspring_counts(old, members, Neat()).keys() == {0, 2}
    assert stagnant(old[:1], members, Neat()) is None
    assert stagnant(old[2:], members, Neat()) is None


def test_what_is_learned_is_used():
    """Networks with small weights are told to be good: the best gets smaller ones."""

    def judge_by(candidate):
        return Evaluation(float(np.abs(candidate.genome.weights[:6]).sum()), None)

    search, sums = started(population=60, perturbation=0.1), []
    for number in range(60 * 12):
        candidate = asked(search, number)
        sums.append(judge_by(candidate).loss)
        search.tell(number, judge_by(candidate))
    assert min(sums[-60:]) < 0.6 * min(sums[:60])
    assert np.median(sums[-60:]) < np.median(sums[:60])


def test_an_output_cell_with_more_weights_than_a_bias_is_refused():
    with pytest.raises(ConfigError, match="may have a bias alone"):
        NeatSearch.start(Neat(), Problem(("a",), ("y",), "gru"), rng())


def test_a_grown_genome_has_hidden_nodes_and_recurrent_links():
    genome = grown(1, 12)
    assert genome.hidden(LAYOUT)
    assert (genome.ends[:, 0] > LAYOUT.bias).any()
