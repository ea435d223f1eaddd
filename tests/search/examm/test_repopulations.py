"""Islands that are erased and populated anew."""

import pytest

from cellcolony.search.examm.islands import Island, Member
from cellcolony.search.examm.repopulations import REPOPULATIONS
from tests.search.examm.genomes import World, rng, run, started, succeeded

WAYS = pytest.mark.parametrize("way", REPOPULATIONS.names())


def islands(*losses):
    genome, numbers = World.begin().seed(), iter(range(100))
    return [Island(3, tuple(Member(x, next(numbers), genome, 0) for x in one)) for one in losses]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("best_genome", {(4,)}),
        ("best_island", {(4,), (5,)}),
        ("best_parents", {(0, 2), (0, 4), (2, 4)}),
        ("random_parents", {(a, b) for a, b in [(0, 2), (0, 3), (1, 2), (1, 3), (0, 4), (0, 5),
                            (1, 4), (1, 5), (2, 4), (2, 5), (3, 4), (3, 5)]}),
    ],
)  # fmt: skip
def test_the_parents_of_each_way(way, expected):
    some = islands([0.3, 0.9], [0.2, 0.8], [0.1, 0.7], [])
    drawn = (REPOPULATIONS[way].parents(some, 3, rng(seed)) for seed in range(200))
    assert {tuple(sorted(one.number for one in parents)) for parents in drawn} == expected


@WAYS
def test_the_worst_island_is_erased_after_so_many_evaluations_and_filled_again(way):
    search = started(n_islands=4, repopulation=way, repopulate_after=30)
    founded = [0] * 4
    n = n_children = 0
    while sum(founded) < 3:
        best = [island.members[0].rank if island.members else None for island in search.islands]
        (one,) = run(search, 1, n)
        n += 1
        at = one.how["island"]
        now = [island.founded for island in search.islands]
        if now != founded:
            (erased,) = (i for i in range(4) if now[i] != founded[i])
            assert search.islands[erased].members == ()
            if erased != at:  # the newcomer may have changed its own island
                assert best[erased] == max(rank for rank in best if rank is not None)
            assert search.n_since_erased == 0
            founded = now
        if one.how["operations"][0] == way:
            n_children += 1
            assert len(one.parents) == (2 if "parents" in way else 1)
            assert len(one.how["operations"]) == 2  # and is mutated
    assert n >= 90
    assert n_children >= 4


def test_an_erased_island_does_not_take_in_children_of_those_that_lived_there():
    search = started(repopulation="best_genome", repopulate_after=20)
    n = 0
    while not search.were_full:
        run(search, 1, n)
        n += 1
    late = [search.ask(number, rng(number)) for number in range(n, n + 3)]  # one an island
    n += 3
    while not any(island.founded for island in search.islands):
        run(search, 1, n)
        n += 1
    (erased,) = (i for i, island in enumerate(search.islands) if island.founded)
    for one in late:
        search.tell(one.number, succeeded(one, 1e-6 * (1 + one.number)))
        entered = one.number in {m.number for m in search.islands[one.how["island"]].members}
        assert entered == (one.how["island"] != erased)


def test_islands_are_never_erased_where_it_is_not_set_so():
    search = started(repopulate_after=1)
    run(search, 60)
    assert {island.founded for island in search.islands} == {0}
