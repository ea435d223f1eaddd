"""Species: who belongs where, who breeds, who falls, and who takes their places."""

from __future__ import annotations

import math

import pytest

from cellcolony.cells.tree_constants import is_constant
from cellcolony.search.nodes.distance import distance
from cellcolony.search.nodes.generation import next_generation
from cellcolony.search.nodes.hall_of_shame import HallOfShame
from cellcolony.search.nodes.inactive import WaitingList
from cellcolony.search.nodes.offspring import CLONE, Offspring
from cellcolony.search.nodes.reproduction import Pool, reproduce
from cellcolony.search.nodes.selection import breeders, tournament
from cellcolony.search.nodes.speciation import CONSTANT, REPEATED, SHAMED, Speciation
from cellcolony.search.nodes.species import Member, Species
from cellcolony.search.nodes.start import start_tree
from tests.cells.trees import LSTM, mirror_image, tree
from tests.search.nodes.evolutions import rng, small, stored

SIMPLE = start_tree(rng())
LONG = tree("add(z0, add(z1, add(z2, add(z3, add(z4, z5)))))")
LOW = tree("mul(z0, z1)")
FLAT = tree("tanh(z0)")


def species(id: int, founder=SIMPLE, losses=(1.0,), stale: int = 0) -> Species:
    members = tuple(Member(loss, 100 * id + i, founder) for i, loss in enumerate(losses))
    return Species(id, founder, members, stale)


def test_a_species_keeps_its_best_trees_of_all_generations():
    one = species(0, losses=(1.0, 3.0))
    newcomers = [Member(2.0, 7, LOW), Member(0.5, 8, LOW), Member(3.0, 1, LOW)]
    grown = one.after_generation(newcomers, n_parents=4)
    assert [(member.loss, member.number) for member in grown.members] == [
        (0.5, 8),
        (1.0, 0),
        (2.0, 7),
        (3.0, 1),
    ]
    assert grown.best == 0.5


def test_a_species_grows_stale_while_its_best_loss_does_not_improve():
    one = species(0)
    for stale, loss in ((1, 1.0), (2, 1.5), (0, 0.9), (1, math.inf)):
        one = one.after_generation([Member(loss, 9, LOW)], 10)
        assert one.stale == stale
    assert one.after_generation([], 10).stale == 2


def test_only_members_that_did_not_fail_breed_unless_all_failed():
    mixed = species(0, losses=(1.0, 2.0, math.inf)).members
    assert breeders(mixed) == mixed[:2]
    failed = species(0, losses=(math.inf, math.inf)).members
    assert breeders(failed) == failed


def test_a_tournament_prefers_the_best_and_gives_others_their_chance():
    pool = species(0, losses=(1.0, 2.0, 3.0, 4.0)).members
    stream, wins = rng(), dict.fromkeys((1.0, 2.0, 3.0, 4.0), 0)
    for _ in range(1600):
        wins[tournament(pool, 2, stream).loss] += 1
    assert [round(n / 100) for n in wins.values()] == [7, 5, 3, 1]


def test_a_tree_settles_in_the_nearest_active_species_within_the_threshold():
    speciation = Speciation(small(threshold=8.0))
    speciation.active = (species(0), species(1, LONG))
    near = tree("mul(z0, add(z1, add(z2, add(c, tanh(z5)))))")
    assert distance(near, LONG) < distance(near, SIMPLE) < 8.0
    assert speciation.settle(Offspring(near)) == 1
    assert speciation.settle(Offspring(mirror_image(SIMPLE, 3))) == 0


def test_new_species_wait_when_all_places_are_taken_and_the_most_promising_is_next():
    speciation = Speciation(small(most_active=1))
    assert speciation.settle(Offspring(SIMPLE)) == 0
    assert speciation.settle(Offspring(LONG, parent_loss=2.0)) is None
    assert speciation.settle(Offspring(LOW, parent_loss=3.0)) is None
    assert speciation.settle(Offspring(tree("add(z0, c)"), parent_loss=1.5)) is None
    assert [one.id for one in speciation.waiting.species] == [1, 2]
    speciation.active = ()
    id, offspring = speciation.activate()
    assert id == 2
    assert [one.tree.text for one in offspring] == ["mul(z0, z1)", "add(z0, c)"]
    assert [one.founder for one in speciation.active] == [LOW]


def test_of_too_many_inactive_species_the_least_promising_is_forgotten():
    waiting = WaitingList()
    for id, (one, loss) in enumerate(((LONG, 2.0), (LOW, 1.0), (FLAT, 3.0), (SIMPLE, 1.5))):
        waiting = waiting.founded(id, Offspring(one, parent_loss=loss), most=3)
    assert [one.id for one in waiting.species] == [0, 1, 3]


def test_an_inactive_species_keeps_so_many_trees_and_its_founder_among_them():
    waiting = WaitingList().founded(0, Offspring(LOW, parent_loss=9.0), most=3)
    for loss in (3.0, 2.0, 1.0):
        waiting = waiting.joined(0, Offspring(tree("add(z0, z1)"), parent_loss=loss), most=3)
    (one,) = waiting.species
    assert [tree.parent_loss for tree in one.offspring] == [9.0, 3.0, 2.0]
    assert one.founder == LOW
    assert one.promise == 2.0


def test_stagnant_species_fall_and_those_without_any_success_fall_at_once():
    speciation = Speciation(
        small(stagnation=2),
        [
            species(0, stale=1),
            species(1, LONG, stale=1),
            species(2, LOW, losses=()),
            species(3, FLAT, losses=()),
        ],
        n_founded=4,
    )
    results = [(0, Member(0.5, 50, SIMPLE)), (1, Member(1.5, 51, LONG))]
    results += [(2, Member(math.inf, 52, LOW)), (3, Member(4.0, 53, FLAT)), (9, Member(0, 54, LOW))]
    speciation.end_generation(results)
    assert [one.id for one in speciation.active] == [0, 3]
    assert [one.id for one in speciation.hall.fallen] == [1, 2]
    assert all(len(one.members) == 1 for one in speciation.hall.fallen)


def test_while_nobody_has_succeeded_anywhere_nobody_falls_for_it():
    speciation = Speciation(small(), [species(0, losses=())], n_founded=1)
    speciation.end_generation([(0, Member(math.inf, 0, SIMPLE))])
    assert [one.id for one in speciation.active] == [0]


def test_the_hall_of_shame_holds_what_is_within_the_threshold_of_a_founder():
    hall = HallOfShame().with_species([species(0), species(1, LONG)])
    assert hall.holds(mirror_image(SIMPLE, 1), 0.0)
    near = tree("add(z0, add(z1, add(z2, add(z3, add(z4, tanh(z5))))))")
    assert not hall.holds(near, 0.0)
    assert hall.holds(near, distance(near, LONG))
    assert not hall.holds(FLAT, 0.3)


def test_a_tree_is_at_fault_if_it_is_shamed_repeated_or_constant():
    speciation = Speciation(small(), hall=HallOfShame((species(0, LONG),)), n_founded=1)
    speciation.settle(Offspring(tree(LSTM)))
    assert speciation.fault(mirror_image(LONG)) == SHAMED
    assert speciation.fault(mirror_image(tree(LSTM), 2)) == REPEATED
    assert speciation.fault(tree("mul(c, add(z0, z1))")) == CONSTANT
    assert speciation.fault(tree("add(c, add(z0, z1))")) is None


@pytest.mark.parametrize("seed", range(10))
def test_no_offspring_belongs_to_the_hall_of_shame(seed):
    settings = small(most_tries=500)
    hall = HallOfShame((species(0), species(1, LONG)))
    speciation = Speciation(settings, [species(2, LOW)], hall=hall, n_founded=3)
    for _ in range(20):
        pool = Pool(2, species(2, SIMPLE, losses=(1.0, 2.0)).members)
        id, offspring = reproduce(pool, speciation, rng(seed))
        assert offspring.operations[0] != CLONE
        assert not hall.holds(offspring.tree, settings.threshold)
        assert not is_constant(offspring.tree)
        assert id in [one.id for one in speciation.active]
        assert offspring.how["tries"] == 1 + sum(offspring.vain.values())


def test_after_too_many_vain_tries_the_parent_is_cloned_and_the_tries_are_counted():
    everywhere = HallOfShame((species(0, LOW),))
    settings = small(threshold=1e6, most_tries=7)
    speciation = Speciation(settings, [species(1)], hall=everywhere, n_founded=2)
    id, clone = reproduce(Pool(1, species(1).members), speciation, rng())
    assert id == 1
    assert clone.tree == SIMPLE
    assert clone.operations == (CLONE,)
    assert clone.parents == (100,)
    assert clone.vain == {SHAMED: 7}
    assert clone.how["tries"] == 8


def test_active_species_bring_equally_many_offspring_and_the_best_one_more():
    active = [species(0, losses=(3.0,)), species(1, LONG, losses=(1.0,)), species(2, LOW)]
    speciation = Speciation(small(population=11), active, n_founded=3)
    generation = next_generation(speciation, rng())
    mothers = [offspring.parents[0] // 100 for _, offspring in generation]
    assert [mothers.count(id) for id in range(3)] == [3, 4, 4]


def test_a_species_of_failed_trees_alone_brings_no_offspring():
    active = [species(0), species(1, LONG, losses=(math.inf,))]
    generation = next_generation(Speciation(small(), active, n_founded=2), rng())
    assert {offspring.parents[0] for _, offspring in generation} == {0}


def test_trees_that_waited_are_evaluated_as_soon_as_their_species_is_active():
    speciation = Speciation(small(most_active=2), [species(0)], n_founded=1)
    speciation.settle(Offspring(LONG))
    speciation.active = speciation.active[:1]
    speciation.waiting = WaitingList().founded(2, Offspring(LOW, (7,), ("shrink",)), most=5)
    speciation.n_founded = 3
    first, *others = next_generation(speciation, rng())
    assert (first.species, first.offspring.tree, first.offspring.parents) == (2, LOW, (7,))
    assert len(others) == speciation.settings.population - 1


def test_what_has_fallen_since_is_not_evaluated_with_a_species_that_waited():
    near = tree("add(z0, add(z1, add(z2, add(z3, tanh(z4)))))")
    speciation = Speciation(small(), [], hall=HallOfShame((species(0, LONG),)), n_founded=2)
    waiting = WaitingList().founded(1, Offspring(LOW), most=5)
    speciation.waiting = waiting.joined(0, Offspring(near), most=5)
    assert distance(near, LONG) < 0.3
    assert speciation.activate() == (1, (Offspring(LOW),))


def test_where_no_active_species_is_left_the_best_of_the_hall_breed_new_ones():
    hall = HallOfShame((species(0), species(1, LONG, losses=(math.inf,))))
    speciation = Speciation(small(), hall=hall, n_founded=2)
    generation = next_generation(speciation, rng())
    assert {offspring.parents[0] for _, offspring in generation} == {0}
    assert 1 <= len(speciation.active) <= speciation.settings.most_active
    for id, offspring in generation:
        assert id >= 2
        assert not hall.holds(offspring.tree, 0.3)


def test_species_survive_the_round_trip_through_a_state():
    speciation = Speciation(
        small(most_active=2),
        [species(0, losses=(1.0, math.inf))],
        WaitingList().founded(1, Offspring(LOW, (3, 4), ("crossover",), 2.5, {SHAMED: 2}), 5),
        HallOfShame((species(2, LONG),)),
        n_founded=3,
    )
    speciation.seen.add(LOW)
    again = Speciation.from_dict(speciation.settings, stored(speciation.to_dict()))
    assert again.to_dict() == speciation.to_dict()
    assert again.active == speciation.active
    assert again.waiting == speciation.waiting
    assert again.hall == speciation.hall
    assert LOW in again.seen
    assert LONG not in again.seen
