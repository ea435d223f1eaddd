import math

from cellcolony.search.ants.population import Population


def filled() -> Population:
    return Population(2).insert(0, 0.3).insert(1, 0.1)


def test_members_stand_best_first_and_the_worst_leaves():
    population = filled().insert(5, 0.2)
    assert [tuple(member) for member in population.members] == [(0.1, 1), (0.2, 5)]


def test_a_population_with_room_is_improved_by_every_network_that_did_not_fail():
    population = Population(2).insert(0, 0.3)
    assert population.improved_by(100.0)
    assert not population.improved_by(math.inf)
    assert not population.improved_by(math.nan)
    assert not population.ahead_of(math.inf)


def test_a_full_population_is_improved_by_what_beats_its_worst():
    population = filled()
    assert population.improved_by(0.2)
    assert not population.improved_by(0.3)
    assert not population.ahead_of(0.3)
    assert population.ahead_of(0.31)
    assert population.ahead_of(math.inf)


def test_the_loss_of_the_network_that_entered_last_is_kept_through_a_state():
    population = Population(2)
    assert population.newest is None
    assert Population.from_dict(2, population.to_dict()) == population
    population = filled().insert(5, 0.2)
    assert population.newest == 0.2
    assert Population.from_dict(2, population.to_dict()) == population
