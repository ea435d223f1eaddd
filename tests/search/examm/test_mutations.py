"""What every mutation promises, and what each of them does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.search.examm.genome import FORWARD, HIDDEN, INPUT, OUTPUT, Genome
from cellcolony.search.examm.mutations import MUTATIONS
from cellcolony.search.examm.variation import mutated
from tests.search.examm.genomes import ALL, World, as_plain, problems, rng

ONE_BY_ONE = pytest.mark.parametrize("name", MUTATIONS.names())


def new_links(parent: Genome, child: Genome) -> set:
    return {e.link for e in child.active_edges} - {e.link for e in parent.active_edges}


@ONE_BY_ONE
@settings(max_examples=20, deadline=None)
@given(problem=problems(), n=st.integers(0, 12), seed=st.integers(0, 10_000))
def test_the_result_is_legal_the_parent_untouched_and_chance_comes_from_the_stream(
    name, problem, n, seed
):
    world, again = World.begin(problem), World.begin(problem)
    parent, same_parent = world.grown(n, seed), again.grown(n, seed)
    before = as_plain(parent)
    world.assert_legal(parent)
    child = world.mutate(name, parent, seed + 1)
    assert as_plain(parent) == before
    twin = again.mutate(name, same_parent, seed + 1)
    if child is None:
        assert twin is None
        return
    world.assert_legal(child)
    assert twin is not None
    assert as_plain(child) == as_plain(twin)
    numbers = {edge.number for edge in child.edges}
    assert numbers >= {edge.number for edge in parent.edges}  # genes are disabled, never lost
    assert {n.number for n in child.nodes} >= {n.number for n in parent.nodes}


@ONE_BY_ONE
def test_weights_of_parts_that_were_there_are_kept(name):
    world = World.begin()
    for seed in range(10):
        parent = world.grown(8, seed)
        child = world.mutate(name, parent, seed)
        if child is not None:
            weights = {edge.number: edge.weight for edge in child.edges}
            assert all(weights[edge.number] == edge.weight for edge in parent.edges)
            assert all(child.node[n.number].weights == n.weights for n in parent.nodes)


def test_every_mutation_has_a_place_somewhere():
    world = World.begin()
    grown = [world.grown(8, seed) for seed in range(8)]
    found = {name for name in MUTATIONS.names() for seed, parent in enumerate(grown)
             if world.mutate(name, parent, seed) is not None}  # fmt: skip
    assert found == set(MUTATIONS.names())


def test_a_seed_genome_has_no_place_for_most_mutations():
    world = World.begin()
    none = {name for name in MUTATIONS.names() if world.mutate(name, world.seed()) is None}
    assert none == {"add_edge", "enable_edge", "enable_node", "merge_node", "split_node"}


def test_published_rates_are_equal_but_for_split_edge():
    rates = {name: MUTATIONS[name].rate for name in MUTATIONS.names()}
    assert rates.pop("split_edge") == 0
    assert set(rates.values()) == {1}
    assert len(rates) == 10


def test_a_clone_is_its_parent():
    world = World.begin()
    parent = world.grown(5)
    assert world.mutate("clone", parent) is parent


def test_an_added_edge_leads_to_greater_depth_and_each_pair_is_drawn():
    world = World.begin()
    whole = world.grown(3, 1, {"add_node": 1.0})
    parent = Genome(whole.nodes, whole.edges[::2])
    drawn = set()
    for seed in range(300):
        child = world.mutate("add_edge", parent, seed)
        assert child is not None
        (link,) = new_links(parent, child)
        assert link.skip == FORWARD
        assert parent.node[link.source].depth < parent.node[link.target].depth
        drawn.add(link)
    taken = {(e.source, e.target) for e in parent.active_edges if e.skip == FORWARD}
    free = {(s.number, t.number) for s in parent.nodes for t in parent.nodes
            if s.depth < t.depth and (s.number, t.number) not in taken}  # fmt: skip
    assert {(link.source, link.target) for link in drawn} == free


def test_adding_an_edge_enables_a_disabled_one_with_its_number_and_weight():
    world = World.begin()
    parent = world.mutate("disable_edge", world.seed())
    assert parent is not None
    child = world.mutate("add_edge", parent)  # the seed genome has every forward edge
    assert child is not None
    assert as_plain(child) == as_plain(world.seed())


def test_recurrent_edges_go_anywhere_but_into_inputs_at_every_skip():
    world = World.begin()
    parent = world.grown(1, 0, {"add_node": 1.0})
    drawn = set()
    for seed in range(1500):
        child = world.mutate("add_recurrent_edge", parent, seed)
        assert child is not None
        drawn |= new_links(parent, child)
    sources = [node.number for node in parent.nodes]
    targets = [node.number for node in parent.nodes if node.kind != INPUT]
    taken = {edge.link for edge in parent.active_edges}
    possible = {(s, t, skip) for s in sources for t in targets for skip in (1, 2, 3)} - taken
    assert drawn == possible


def test_recurrent_edges_end_when_all_are_there():
    world = World.begin()
    genome, n = world.seed(), 0
    while (child := world.mutate("add_recurrent_edge", genome, n)) is not None:
        genome, n = child, n + 1
    assert n == 5 * 2 * 3  # sources, targets, skips


def test_what_is_disabled_is_enabled_again():
    world = World.begin()
    for off, on in (("disable_edge", "enable_edge"), ("disable_node", "enable_node")):
        parent = world.grown(6, 2, {"add_node": 1.0, "add_recurrent_edge": 1.0})
        without = world.mutate(off, parent)
        assert without is not None
        assert len(without.active_edges) < len(parent.active_edges)
        back = world.mutate(on, without)
        assert back is not None
        assert as_plain(back) == as_plain(parent)


def test_disabling_never_cuts_off_an_output():
    world = World.begin()
    genome, n = world.seed(), 0
    while (child := world.mutate("disable_edge", genome, n)) is not None:
        genome, n = child, n + 1
        assert genome.is_whole
    assert n == 3 * 2 - 2  # each output keeps one input
    while (child := world.mutate("disable_node", genome, n)) is not None:
        genome, n = child, n + 1
        assert genome.is_whole
    assert world.assert_legal(genome)


def test_an_added_node_lies_between_inputs_and_outputs_and_is_linked_both_ways():
    world = World.begin()
    parent = world.seed()
    depths, cells = [], set()
    for seed in range(300):
        child = world.mutate("add_node", parent, seed)
        assert child is not None
        (node,) = child.hidden
        ends = [edge.link for edge in child.active_edges if node.number in edge.link[:2]]
        assert any(link.target == node.number for link in ends)
        assert any(link.source == node.number for link in ends)
        depths.append(node.depth)
        cells.add(node.cell)
        assert all(edge.skip == FORWARD for edge in child.edges)  # none of the genome is recurrent
    assert 0 < min(depths) < 0.05
    assert 0.95 < max(depths) < 1
    assert abs(np.mean(depths) - 0.5) < 0.06  # 3.5 standard errors
    assert cells == {"simple", "gru"}


def test_an_added_node_has_the_genomes_share_of_recurrent_edges():
    world = World.begin()
    parent = world.grown(12, 0, {"add_recurrent_edge": 1.0})  # 12 of 18 edges
    n_recurrent = n_links = 0
    for seed in range(200):
        child = world.mutate("add_node", parent, seed)
        assert child is not None
        links = new_links(parent, child)
        n_recurrent += sum(link.skip > 0 for link in links)
        n_links += len(links)
    assert 0.6 < n_recurrent / n_links < 0.75  # fewer forward edges fit than are drawn


def test_splitting_a_node_disables_it_and_halves_its_links_between_two_of_its_kind():
    world = World.begin()
    for seed in range(50):
        parent = world.grown(2, seed, {"add_node": 1.0})
        child = world.mutate("split_node", parent, seed)
        assert child is not None
        twins = [node for node in child.hidden if node.number not in parent.node]
        (gone,) = {n.number for n in parent.hidden} - {n.number for n in child.hidden}
        assert [(t.depth, t.cell) for t in twins] == [parent.node[gone][2:4]] * 2
        old = [edge.link for edge in parent.active_edges if gone in edge.link[:2]]
        for twin in twins:
            new = [e.link for e in child.active_edges if twin.number in e.link[:2]]
            as_old = {
                tuple(gone if end == twin.number else end for end in link[:2]) for link in new
            }
            assert as_old <= {link[:2] for link in old}
            assert {link.target == twin.number for link in new} == {True, False}


def test_merging_two_nodes_gives_their_mean_depth_and_the_union_of_their_links():
    world = World.begin()
    for seed in range(50):
        parent = world.grown(2, seed, {"add_node": 1.0})
        child = world.mutate("merge_node", parent, seed)
        assert child is not None
        (node,) = child.hidden
        pair = parent.hidden
        assert node.depth == (pair[0].depth + pair[1].depth) / 2
        assert node.cell in {one.cell for one in pair}
        numbers = {one.number for one in pair}
        expected = set()
        for edge in parent.active_edges:
            ends = [node if end in numbers else parent.node[end] for end in edge.link[:2]]
            if numbers & set(edge.link[:2]) and ends[0].depth < ends[1].depth:
                expected.add((ends[0].number, ends[1].number, edge.skip))
        assert new_links(parent, child) == expected


def test_splitting_an_edge_puts_a_node_between_its_ends():
    world = World.begin()
    parent = world.seed()
    child = world.mutate("split_edge", parent)
    assert child is not None
    (node,) = child.hidden
    (gone,) = {e.link for e in parent.active_edges} - {e.link for e in child.active_edges}
    assert node.depth == 0.5
    assert new_links(parent, child) == {
        (gone.source, node.number, 0),
        (node.number, gone.target, 0),
    }


def test_new_weights_are_like_the_parents_and_held_within_ten():
    world = World.begin()
    parent = world.seed()
    heavy = parent.changed(edges=[e._replace(weight=9.0 + e.number % 2) for e in parent.edges])
    drawn = []
    for seed in range(200):
        child = world.mutate("add_recurrent_edge", heavy, seed)
        assert child is not None
        drawn.append(child.edges[-1].weight)
    mean, deviation = heavy.weight_moments
    assert max(drawn) == 10.0
    assert abs(np.mean(drawn) - mean) < 4 * deviation / 200**0.5 + 1
    assert min(drawn) < mean


def test_mutations_follow_each_other_by_their_rates_and_where_there_is_no_place_another_is_drawn():
    world = World.begin()
    _, done = mutated(world.seed(), 40, ALL, rng(1), world.context)
    assert len(done) == 40
    assert len(set(done)) > 6
    _, done = mutated(world.seed(), 3, {"enable_edge": 9.0, "clone": 1.0}, rng(), world.context)
    assert done == ("clone",) * 3
    genome, done = mutated(world.seed(), 2, {"enable_edge": 1.0}, rng(), world.context)
    assert done == ()
    assert as_plain(genome) == as_plain(world.seed())


def test_a_genome_of_every_kind_of_node_knows_what_is_alive():
    world = World.begin()
    parent = world.grown(1, 3, {"add_node": 1.0})
    (node,) = parent.hidden
    cut = parent.changed(
        edges=[e._replace(enabled=False) for e in parent.edges if e.source == node.number]
    )
    assert node.number in parent.alive
    assert node.number in cut.reached
    assert node.number not in cut.alive
    assert {n.kind for n in parent.nodes} == {INPUT, HIDDEN, OUTPUT}
    assert node.number not in {n.id for n in world.assert_legal(cut).nodes}
