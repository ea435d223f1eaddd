from cellcolony.search.examm.islands import Island, Member, best_of, others, worst_island
from tests.search.examm.genomes import World

WORLD = World.begin()
A, B, C = (WORLD.grown(n, 1, {"add_node": 1.0}) for n in (0, 1, 2))


def member(loss, number, genome=A):
    return Member(loss, number, genome, 0)


def numbers(island):
    return [one.number for one in island.members]


def test_a_newcomer_enters_where_there_is_room_and_later_only_for_a_worse_one():
    island = Island(2).insert(member(0.5, 0, A)).insert(member(0.3, 1, B))
    assert numbers(island) == [1, 0]
    assert island.full
    assert numbers(island.insert(member(0.6, 2, C))) == [1, 0]
    assert numbers(island.insert(member(0.5, 2, C))) == [1, 0]  # no better than the worst
    assert numbers(island.insert(member(0.4, 2, C))) == [1, 2]


def test_a_duplicate_is_replaced_only_by_a_better_one():
    island = Island(5).insert(member(0.5, 0, A)).insert(member(0.3, 1, B))
    assert numbers(island.insert(member(0.5, 2, A))) == [1, 0]
    assert numbers(island.insert(member(0.6, 2, A))) == [1, 0]
    assert numbers(island.insert(member(0.2, 2, A))) == [2, 1]


def test_disabled_genes_do_not_tell_structures_apart_and_weights_do_not():
    edges = [edge._replace(weight=edge.weight + 1) for edge in A.edges]
    assert A.changed(edges=edges).structure == A.structure
    node = B.hidden[0]
    assert B.changed([node._replace(enabled=False)]).structure == A.structure
    assert B.structure != A.structure


def test_the_best_and_the_worst_are_told_by_the_best_genomes():
    islands = [Island(2).insert(member(loss, n)) for n, loss in enumerate((0.3, 0.9, 0.1))]
    assert best_of(islands).number == 2
    assert worst_island(islands) == 1
    assert others([*islands, Island(2)], 0) == islands[1:]


def test_an_erased_island_is_empty_and_counts_it():
    erased = Island(2).insert(member(0.5, 0)).erased()
    assert (erased.members, erased.founded, erased.size) == ((), 1, 2)
