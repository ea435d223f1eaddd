"""Recombination of genomes, and who is chosen for it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.search.examm.crossovers import between_islands, recombined, within_island
from cellcolony.search.examm.islands import Island, Member
from tests.search.examm.genomes import World, as_plain, problems, rng


@settings(max_examples=60, deadline=None)
@given(
    problem=problems(),
    common=st.integers(0, 6),
    apart=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    seed=st.integers(0, 10_000),
)
def test_the_child_is_legal_and_its_parents_untouched(problem, common, apart, seed):
    world = World.begin(problem)
    fitter, other = (world.grown(common + n, seed) for n in apart)
    before = as_plain(fitter), as_plain(other)
    child = recombined(fitter, other, rng(seed))
    assert (as_plain(fitter), as_plain(other)) == before
    world.assert_legal(child)
    assert as_plain(child) == as_plain(recombined(fitter, other, rng(seed)))
    of_child = {edge.number: edge for edge in child.edges}
    assert of_child.keys() >= {edge.number for edge in fitter.edges}
    assert of_child.keys() <= {edge.number for edge in (*fitter.edges, *other.edges)}
    for edge in fitter.edges:
        assert of_child[edge.number][:5] == edge[:5]  # enabled as in the fitter


def test_genes_of_the_other_alone_come_half_of_the_time_and_with_the_nodes_that_they_need():
    world = World.begin()
    fitter, other = world.seed(), world.grown(5, 1, {"add_node": 1.0})
    extra = {edge.number for edge in other.edges} - {edge.number for edge in fitter.edges}
    n_come = 0
    for seed in range(200):
        child = recombined(fitter, other, rng(seed))
        come = {edge.number for edge in child.edges} & extra
        n_come += len(come)
        ends = {end for edge in child.edges for end in (edge.source, edge.target)}
        assert {node.number for node in child.hidden} <= ends
    assert abs(n_come / (200 * len(extra)) - 0.5) < 0.03


def test_weights_of_both_lie_along_the_line_through_them_and_within_ten():
    world = World.begin()
    fitter = world.seed(1)
    fitter = fitter.changed(edges=[edge._replace(weight=1.0) for edge in fitter.edges])
    other = fitter.changed(edges=[edge._replace(weight=3.0) for edge in fitter.edges])
    weights = [
        edge.weight for seed in range(300) for edge in recombined(fitter, other, rng(seed)).edges
    ]
    assert 0.0 <= min(weights) < 0.05  # r = -0.5
    assert 3.95 < max(weights) <= 4.0  # r = 1.5
    assert abs(sum(weights) / len(weights) - 2.0) < 0.1
    far = other.changed(edges=[edge._replace(weight=30.0) for edge in other.edges])
    assert max(edge.weight for edge in recombined(fitter, far, rng()).edges) <= 10.0


def test_a_cells_weights_are_mixed_by_one_share():
    world = World.begin()
    parent = world.grown(1, 0, {"add_node": 1.0})
    (node,) = parent.hidden
    n = len(node.weights)
    fitter = parent.changed([node._replace(weights=(0.0,) * n)])
    other = parent.changed([node._replace(weights=tuple(float(i) for i in range(n)))])
    mixed = recombined(fitter, other, rng(3)).node[node.number].weights
    assert mixed == tuple(i * mixed[1] for i in range(n)) if n > 1 else True


def islands(*losses):
    genome = World.begin().seed()
    numbers = iter(range(100))
    return [Island(9, tuple(Member(x, next(numbers), genome, 0) for x in one)) for one in losses]


def test_within_an_island_two_different_members_mate():
    some = islands([0.1, 0.2, 0.3], [0.5])
    pairs = [within_island(some, 0, rng(seed)) for seed in range(60)]
    found = {tuple(sorted(one.number for one in pair)) for pair in pairs if pair is not None}
    assert found == {(0, 1), (0, 2), (1, 2)}
    assert within_island(some, 1, rng()) is None


def test_between_islands_the_best_of_another_comes():
    some = islands([0.1, 0.2], [0.5, 0.6], [], [0.7, 0.8])
    pairs = [between_islands(some, 0, rng(seed)) for seed in range(60)]
    found = {tuple(one.number for one in pair) for pair in pairs if pair is not None}
    assert found == {(0, 2), (0, 4), (1, 2), (1, 4)}
    assert between_islands(islands([0.1], []), 0, rng()) is None
