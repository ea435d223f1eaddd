"""Standard ants, free and biased: their steps by enumeration, their draws by hand."""

import numpy as np
import pytest

from cellcolony.search.ants import Superstructure, free_walk
from cellcolony.search.ants.march import march as whole_march
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.ants.species.standard_biased import biased
from cellcolony.search.ants.species.standard_biased_ahead import biased_ahead
from cellcolony.search.ants.trail import Ground, Trail
from tests.search.ants.colonies import equal_pheromones, ground, rng

STRUCTURES = [
    Superstructure(2, 1, n_layers=2, n_nodes_per_layer=2, max_skip=2),
    Superstructure(2, 2, n_layers=3, n_nodes_per_layer=1, max_skip=1),
    Superstructure(2, 2, n_layers=0, max_skip=2),
    Superstructure(1, 1, n_layers=2, n_nodes_per_layer=2, max_skip=0),
    Superstructure(2, 1, n_layers=2, n_nodes_per_layer=2, max_skip=1, self_loops=False),
    Superstructure(2, 1, n_layers=2, n_nodes_per_layer=2, max_skip=1, backward_edges=False),
]
BOTH = pytest.mark.parametrize("jumping", [True, False])
ALL = pytest.mark.parametrize("structure", STRUCTURES)
SPECIES_HERE = pytest.mark.parametrize(
    "name", ["standard", "standard_biased", "standard_biased_ahead"]
)


def march(name: str, on: Ground, n_ants: int, seed: int = 0) -> Trail:
    return SPECIES[name].march(on, Trail.empty(on.structure), n_ants, rng(seed))


def layer_of(structure: Superstructure, node: int) -> int:
    """A node's layer, counted from the sizes alone."""
    if node < structure.n_inputs:
        return 0
    if node >= structure.n_nodes - structure.n_outputs:
        return structure.n_layers + 1
    return 1 + (node - structure.n_inputs) // structure.n_nodes_per_layer


def allowed(
    structure: Superstructure, jumping: bool
) -> tuple[set[tuple[int, int]], set[tuple[int, int, int]]]:
    """Every forward and every recurrent step that a standard ant may take."""
    forward, recurrent = set(), set()
    nodes = range(structure.n_nodes)
    for source in nodes:
        if layer_of(structure, source) == structure.n_layers + 1:
            continue  # an ant stops at an output
        for target in nodes:
            ahead = layer_of(structure, target) - layer_of(structure, source)
            if layer_of(structure, target) == 0 or (ahead > 1 and not jumping):
                continue
            if ahead > 0:
                forward.add((source, target))
            if source == target and not structure.self_loops:
                continue
            if source != target and ahead <= 0 and not structure.backward_edges:
                continue
            recurrent |= {(source, target, skip + 1) for skip in range(structure.max_skip)}
    return forward, recurrent


def laid(trail: Trail) -> tuple[set[tuple[int, int]], set[tuple[int, int, int]]]:
    forward = {(s, t) for s, t in np.argwhere(trail.forward).tolist()}
    return forward, {(s, t, skip + 1) for s, t, skip in np.argwhere(trail.recurrent).tolist()}


@SPECIES_HERE
@BOTH
@ALL
def test_standard_ants_take_every_step_that_they_may_and_no_other(name, jumping, structure):
    on = ground(structure, jumping)
    forward, recurrent = set(), set()
    for seed in range(5):
        some_forward, some_recurrent = laid(march(name, on, 400, seed))
        forward |= some_forward
        recurrent |= some_recurrent
    assert (forward, recurrent) == allowed(structure, jumping)


@SPECIES_HERE
@BOTH
def test_a_standard_ant_walks_from_one_input_to_one_output(name, jumping):
    structure = Superstructure(2, 2, n_layers=2, n_nodes_per_layer=2, max_skip=2)
    for seed in range(100):
        trail = march(name, ground(structure, jumping), 1, seed)
        forward, recurrent = laid(trail)
        steps = forward | {(source, target) for source, target, _ in recurrent}
        reached = set(np.flatnonzero(trail.start).tolist())
        assert len(reached) == 1
        while further := {t for s, t in steps if s in reached} - reached:
            reached |= further
        assert {node for step in steps for node in step} == reached
        outputs = {node for node in reached if node >= structure.first_output}
        assert len(outputs) == 1
        assert np.flatnonzero(trail.nodes).tolist() == sorted(reached)


@SPECIES_HERE
def test_ants_that_are_sent_to_one_output_come_to_no_other(name):
    structure = Superstructure(2, 3, n_layers=1, n_nodes_per_layer=2, max_skip=2)
    for jumping in (True, False):
        trail = march(name, ground(structure, jumping).leading_to(6), 200)
        first = structure.first_output
        assert trail.nodes[first:].tolist() == [node == 6 for node in range(first, first + 3)]


@SPECIES_HERE
def test_as_many_standard_ants_as_outputs_are_enough(name):
    structure = Superstructure(2, 12, n_layers=2, n_nodes_per_layer=2)
    for seed in range(5):
        trail, _ = whole_march(ground(structure), (name,), 12, rng(seed))
        assert trail.reaches_every_output


def one_node() -> tuple[Superstructure, Ground]:
    """Input 0, hidden node 1, output 2, with 1, 4 and 1 on the three ways from the hidden node."""
    structure = Superstructure(1, 1, n_layers=1, n_nodes_per_layer=1, max_skip=1)
    pheromones = equal_pheromones(structure, tau=1.0)
    pheromones.recurrent[structure.recurrent_positions[1, 1, 0]] = 4.0
    return structure, Ground.of(structure, pheromones, jumping=False)


def test_the_bias_multiplies_forward_edges_until_they_weigh_as_much_as_the_ways_back():
    structure = Superstructure(1, 1, n_layers=2, n_nodes_per_layer=2, max_skip=2)
    # Nodes: input 0; 1, 2 | 3, 4; output 5.
    pheromones = equal_pheromones(structure, tau=1.0)
    pheromones.edges[structure.edge_positions[1, [3, 4, 5]]] = [1.0, 2.0, 2.0]
    pheromones.recurrent[structure.recurrent_positions[1, [1, 2]]] = [[3.0, 2.0], [4.0, 1.0]]
    pheromones.edges[structure.edge_positions[2, 3]] = 20.0
    before = Ground.of(structure, pheromones, jumping=True)
    after = biased(before)
    # Node 1: 5 ahead; behind, itself 3 + 2 and its neighbour 4 + 1.
    assert after.forward[1] == pytest.approx([0, 0, 0, 2, 4, 4])
    # Node 2: 20 + 1 + 1 ahead, four times 1 behind: nothing is raised, and nothing lowered.
    assert after.forward[2] == pytest.approx([0, 0, 0, 20, 1, 1])
    # Nodes 3 and 4: one edge ahead; behind, four nodes at two skips.
    assert after.forward[3] == pytest.approx([0, 0, 0, 0, 0, 8])
    # No way leads back to the input, so that it is not biased; and an output has no way ahead.
    assert after.forward[0] == pytest.approx([0, 1, 1, 1, 1, 1])
    assert not after.forward[5].any()
    assert np.array_equal(after.recurrent, before.recurrent)
    assert before.forward[1] == pytest.approx([0, 0, 0, 1, 2, 2])


def test_in_the_other_reading_the_bias_raises_recurrent_edges_that_lead_ahead_as_well():
    structure = Superstructure(1, 1, n_layers=1, n_nodes_per_layer=1, max_skip=1)
    pheromones = equal_pheromones(structure, tau=1.0)
    pheromones.recurrent[structure.recurrent_positions[1, 1, 0]] = 6.0
    before = Ground.of(structure, pheromones, jumping=True)
    after = biased_ahead(before)
    # Node 1: 1 over the edge and 1 over the recurrent edge ahead; its loop has 6: both are tripled.
    assert after.forward[1, 2] == pytest.approx(3)
    assert after.recurrent[1, 2, 0] == pytest.approx(3)
    assert after.recurrent[1, 1, 0] == 6
    assert after.forward[0] == pytest.approx(before.forward[0])
    assert biased(before).forward[1, 2] == pytest.approx(6)


@pytest.mark.parametrize(("name", "share"), [("standard", 1 / 2), ("standard_biased", 4 / 5)])
def test_the_bias_acts_at_the_draw(name, share):
    _, on = one_node()
    # An ant leaves the hidden node over the edge or over the recurrent edge to the output, by
    # 1 : 1, and with the bias by 4 : 1. Four standard deviations of 800 draws are at most 0.071.
    by_edge = [march(name, on, 1, seed).forward[1, 2] for seed in range(800)]
    assert np.mean(by_edge) == pytest.approx(share, abs=0.071)


@pytest.mark.parametrize(("name", "share"), [("standard", 4 / 6), ("standard_biased", 4 / 9)])
def test_standard_ants_draw_all_edges_of_a_node_together(name, share):
    _, on = one_node()
    # The first step from the hidden node is its loop by 4 : 1 : 1, and with the bias 4 : 4 : 1.
    looped = [march(name, on, 1, seed).recurrent[1, 1, 0] for seed in range(800)]
    assert np.mean(looped) == pytest.approx(share, abs=0.071)


@SPECIES_HERE
def test_a_march_leaves_pheromone_as_it_was(name):
    _, on = one_node()
    copies = on.start.copy(), on.forward.copy(), on.recurrent.copy()
    march(name, on, 50)
    for now, before in zip((on.start, on.forward, on.recurrent), copies, strict=True):
        assert np.array_equal(now, before)


def test_an_ant_that_loops_for_too_long_goes_home_over_forward_edges(monkeypatch):
    monkeypatch.setattr(free_walk, "LONGEST_WALK", 3)
    structure, _ = one_node()
    pheromones = equal_pheromones(structure, tau=1e-12)
    pheromones.recurrent[structure.recurrent_positions[1, 1, 0]] = 20.0
    pheromones.recurrent[structure.recurrent_positions[0, 1, 0]] = 20.0
    trail = march("standard", Ground.of(structure, pheromones, jumping=True), 5)
    assert laid(trail) == ({(1, 2)}, {(0, 1, 1), (1, 1, 1)})
