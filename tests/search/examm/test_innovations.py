from cellcolony.search.examm.genome import Link
from cellcolony.search.examm.innovations import Innovations
from tests.search.examm.genomes import ALL, World, as_plain


def test_what_is_linked_alike_has_the_same_number_and_nodes_are_always_new():
    innovations = Innovations(4, [Link(0, 3, 0), Link(1, 3, 0)])
    assert innovations.of_edge(Link(1, 3, 0)) == 1
    assert innovations.of_edge(Link(1, 3, 2)) == 2
    assert innovations.of_edge(Link(1, 3, 1)) == 3
    assert innovations.of_edge(Link(1, 3, 2)) == 2
    assert [innovations.of_new_node() for _ in range(3)] == [4, 5, 6]
    assert Innovations(7, innovations.links).links == innovations.links


def test_two_genomes_that_find_the_same_edge_have_the_same_gene():
    world = World.begin()
    first, second = (world.mutate("add_recurrent_edge", world.seed(s), 5) for s in (0, 1))
    assert first is not None
    assert second is not None
    assert first.edges[-1][:5] == second.edges[-1][:5]
    assert first.edges[-1].weight != second.edges[-1].weight


def test_numbers_are_shared_by_all_genomes_of_a_search():
    world = World.begin()
    genomes = [world.grown(10, seed, ALL) for seed in range(5)]
    link_of: dict[int, Link] = {}
    for genome in genomes:
        for edge in genome.edges:
            assert link_of.setdefault(edge.number, edge.link) == edge.link
    assert len(set(link_of.values())) == len(link_of)
    assert as_plain(World.begin().grown(10, 0, ALL)) == as_plain(genomes[0])
