"""What each species may lay, by enumeration on small superstructures."""

import numpy as np
import pytest

from cellcolony.search.ants import Superstructure
from cellcolony.search.ants.march import march as whole_march
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.ants.trail import Ground, Trail
from tests.search.ants.colonies import equal_pheromones, explored, ground, rng

STRUCTURES = [
    Superstructure(2, 1, n_layers=2, n_nodes_per_layer=2, max_skip=2),
    Superstructure(2, 2, n_layers=3, n_nodes_per_layer=2, max_skip=1),
    Superstructure(3, 2, n_layers=0, max_skip=2),
    Superstructure(2, 1, n_layers=2, n_nodes_per_layer=2, max_skip=1, self_loops=False),
]
BOTH = pytest.mark.parametrize("jumping", [True, False])
ALL = pytest.mark.parametrize("structure", STRUCTURES)


def march(name: str, on: Ground, trail: Trail, n_ants: int, seed: int = 0) -> Trail:
    return SPECIES[name].march(on, trail, n_ants, rng(seed))


def sparse_trail(structure: Superstructure, chosen: set[int], start: set[int]) -> Trail:
    """A trail on which exactly these nodes were chosen; how they were reached does not matter."""
    trail = Trail.empty(structure)
    trail.start[list(start)] = True
    for node in chosen:
        trail.forward[0, node] = True
    return trail


def reachable_social(
    structure: Superstructure, chosen: set[int], first: set[int], jumping: bool, forward: bool
) -> set[tuple[int, int, int]]:
    """Every recurrent edge that some walk may lay, by following all walks at once."""
    last = structure.n_layers + 1
    laid = set()
    for stride in range(1, last + 1) if jumping else [1]:
        at = set(first)
        layer = stride if forward else last - stride
        while 1 <= layer <= last:
            targets = {node for node in chosen if structure.layer[node] == layer}
            skips = range(1, structure.max_skip + 1)
            laid |= {(s, t, skip) for s in at for t in targets for skip in skips}
            if targets and structure.max_skip:
                at = targets
            layer += stride if forward else -stride
    return laid


def laid_recurrent(trail: Trail) -> set[tuple[int, int, int]]:
    return {(s, t, skip + 1) for s, t, skip in np.argwhere(trail.recurrent).tolist()}


# Conformance: every registered species


@pytest.mark.parametrize("name", SPECIES.names())
@BOTH
@ALL
def test_every_species_takes_legal_steps_and_only_adds_to_the_trail(name, jumping, structure):
    on = ground(structure, jumping)
    before = explored(on) if SPECIES[name].social else Trail.empty(structure)
    copies = [before.start.copy(), before.forward.copy(), before.recurrent.copy()]
    after = march(name, on, before, n_ants=30)

    for array, copy in zip((before.start, before.forward, before.recurrent), copies, strict=True):
        assert np.array_equal(array, copy)
    for array, longer in (
        (before.start, after.start),
        (before.forward, after.forward),
        (before.recurrent, after.recurrent),
    ):
        assert (longer >= array).all()
    assert (structure.edge_positions[after.forward] >= 0).all()
    assert (structure.recurrent_positions[after.recurrent] >= 0).all()
    assert after.nodes[: structure.n_inputs].tolist() == after.start.tolist()
    if SPECIES[name].social:
        assert np.array_equal(after.nodes, before.nodes)
        assert np.array_equal(after.forward, before.forward)
    else:
        assert after.nodes[structure.first_output :].any()


@pytest.mark.parametrize("name", SPECIES.names())
def test_every_species_repeats_itself_with_the_same_stream(name):
    on = ground(STRUCTURES[0])
    trails = [march(name, on, explored(on), 10, seed=3) for _ in range(2)]
    assert np.array_equal(trails[0].forward, trails[1].forward)
    assert np.array_equal(trails[0].recurrent, trails[1].recurrent)


@pytest.mark.parametrize("name", SPECIES.names())
def test_every_species_says_what_it_does_and_where_it_comes_from(name):
    assert SPECIES[name].summary.endswith(".")
    assert "\n" not in SPECIES[name].summary
    assert SPECIES[name].source


# Explorers


@ALL
def test_jumping_explorers_take_all_forward_edges_and_no_other(structure):
    trail = march("explorer", ground(structure), Trail.empty(structure), 2000)
    assert np.array_equal(trail.forward, structure.edge_positions >= 0)
    assert not trail.recurrent.any()


@ALL
def test_explorers_without_jumping_go_to_the_next_layer_only(structure):
    trail = march("explorer", ground(structure, False), Trail.empty(structure), 2000)
    distance = structure.layer[None, :] - structure.layer[:, None]
    assert np.array_equal(trail.forward, distance == 1)


@BOTH
def test_an_explorer_walks_one_path_from_the_start_to_an_output(jumping):
    structure = STRUCTURES[1]
    for seed in range(200):
        trail = march("explorer", ground(structure, jumping), Trail.empty(structure), 1, seed)
        at = int(np.flatnonzero(trail.start).item())
        steps = {int(source): int(target) for source, target in np.argwhere(trail.forward)}
        assert len(steps) == trail.forward.sum()
        while at in steps:
            at = steps.pop(at)
        assert at >= structure.first_output
        assert not steps


def test_explorers_follow_pheromone_on_start_edges_and_edges():
    structure = Superstructure(2, 1, n_layers=1, n_nodes_per_layer=2, max_skip=1)
    pheromones = equal_pheromones(structure)
    pheromones.start[:] = [0.2, 19.8]
    pheromones.edges[structure.edge_positions[1]] = 0.2
    pheromones.edges[structure.edge_positions[1, 3]] = 19.6
    n_through = 0
    for seed in range(300):
        on = Ground.of(structure, pheromones, jumping=True)
        trail = march("explorer", on, Trail.empty(structure), 1, seed)
        n_through += int(trail.forward[1, 3])
    # The chance is 0.99 * 0.98 = 0.9702; four standard deviations of 300 draws are 0.039.
    assert n_through / 300 == pytest.approx(0.9702, abs=0.039)


# Social ants


@pytest.mark.parametrize("name", ["forward_recurrent", "backward_recurrent"])
@BOTH
@ALL
def test_social_ants_lay_every_edge_that_they_may_and_no_other(name, jumping, structure):
    on = ground(structure, jumping)
    trail, _ = whole_march(on, ("explorer",), 4, rng(1))
    chosen = set(np.flatnonzero(trail.nodes).tolist())
    outputs = set(range(structure.first_output, structure.n_nodes))
    forward = name == "forward_recurrent"
    first = set(np.flatnonzero(trail.start).tolist()) if forward else outputs
    expected = reachable_social(structure, chosen, first, jumping, forward)
    laid: set[tuple[int, int, int]] = set()
    for seed in range(5):
        laid |= laid_recurrent(march(name, on, trail, 1000, seed))
    assert laid == expected


@BOTH
def test_forward_recurrent_ants_lead_to_later_layers_and_backward_ones_to_earlier(jumping):
    structure = STRUCTURES[1]
    on = ground(structure, jumping)
    trail = explored(on, 20)
    for source, target, _ in laid_recurrent(march("forward_recurrent", on, trail, 200)):
        assert structure.layer[source] < structure.layer[target]
    for source, target, _ in laid_recurrent(march("backward_recurrent", on, trail, 200)):
        assert structure.layer[source] > structure.layer[target] >= 1


def test_a_social_ant_stays_where_a_layer_has_no_chosen_node():
    # Layers: inputs 0 and 1; nodes 2, 3 | 4, 5 | 6, 7; outputs 8 and 9. Layer 2 is left out.
    structure = STRUCTURES[1]
    trail = sparse_trail(structure, chosen={2, 7, 8, 9}, start={1})
    on = ground(structure)
    forward = laid_recurrent(march("forward_recurrent", on, trail, 400))
    # Stride 1: 1 -> 2, stay, 2 -> 7, 7 -> output. Stride 2: stay, 1 -> output. Stride 3: 1 -> 7.
    # Stride 4: 1 -> output.
    assert forward == {(1, 2, 1), (2, 7, 1), (7, 8, 1), (7, 9, 1), (1, 8, 1), (1, 9, 1), (1, 7, 1)}
    backward = laid_recurrent(march("backward_recurrent", on, trail, 400))
    # Stride 1: output -> 7, stay, 7 -> 2. Stride 2: stay, and layer 0 receives nothing.
    # Stride 3: output -> 2.
    assert backward == {(8, 7, 1), (9, 7, 1), (7, 2, 1), (8, 2, 1), (9, 2, 1)}


def test_half_as_many_social_ants_walk_once_a_stride():
    # One ant of three, and one chosen node a layer: each walk can lay one path only.
    structure = Superstructure(1, 1, n_layers=2, n_nodes_per_layer=1, max_skip=1)
    trail = sparse_trail(structure, chosen={1, 2, 3}, start={0})
    forward = laid_recurrent(march("forward_recurrent", ground(structure), trail, 3))
    assert forward == {(0, 1, 1), (1, 2, 1), (2, 3, 1), (0, 2, 1), (0, 3, 1)}
    alone = laid_recurrent(march("forward_recurrent", ground(structure, False), trail, 3))
    assert alone == {(0, 1, 1), (1, 2, 1), (2, 3, 1)}
    assert laid_recurrent(march("forward_recurrent", ground(structure), trail, 1)) == set()


def test_forward_recurrent_ants_begin_at_inputs_by_their_start_pheromone():
    structure = Superstructure(3, 1, n_layers=0, max_skip=1)
    pheromones = equal_pheromones(structure)
    pheromones.start[:] = [1.0, 4.0, 20.0]  # the third is not chosen
    on = Ground.of(structure, pheromones, jumping=False)
    trail = sparse_trail(structure, chosen={3}, start={0, 1})
    counts = np.zeros(3)
    for seed in range(400):
        for source, _, _ in laid_recurrent(march("forward_recurrent", on, trail, 2, seed)):
            counts[source] += 1
    # Four standard deviations of 400 draws at 0.2 are 0.08.
    assert counts / 400 == pytest.approx([0.2, 0.8, 0.0], abs=0.08)


def test_social_ants_choose_skips_by_pheromone():
    structure = Superstructure(1, 1, n_layers=0, max_skip=3)
    pheromones = equal_pheromones(structure)
    pheromones.recurrent[structure.recurrent_positions[0, 1]] = [1.0, 2.0, 7.0]
    on = Ground.of(structure, pheromones, jumping=False)
    trail = sparse_trail(structure, chosen={1}, start={0})
    counts = np.zeros(3)
    for seed in range(400):
        counts += march("forward_recurrent", on, trail, 2, seed).recurrent[0, 1]
    # Four standard deviations of 400 draws at 0.3 are 0.092.
    assert counts / 400 == pytest.approx([0.1, 0.2, 0.7], abs=0.092)
