import numpy as np
import pytest

from cellcolony.search.ants import Superstructure
from cellcolony.search.ants.march import MAX_FREE_MARCHES, march
from cellcolony.search.ants.trail import Ground
from tests.search.ants.colonies import equal_pheromones, ground, rng

ALL_SPECIES = ("explorer", "forward_recurrent", "backward_recurrent")


@pytest.mark.parametrize("jumping", [True, False])
@pytest.mark.parametrize("n_outputs", [1, 2, 12])
def test_every_march_reaches_every_output(jumping, n_outputs):
    structure = Superstructure(3, n_outputs, n_layers=2, n_nodes_per_layer=3, max_skip=1)
    for seed in range(20):
        trail, _ = march(ground(structure, jumping), ALL_SPECIES, max(n_outputs, 2), rng(seed))
        assert trail.reaches_every_output


def test_a_march_that_misses_an_output_is_repeated():
    structure = Superstructure(1, 2, n_layers=0)
    counts = [march(ground(structure), ("explorer",), 2, rng(seed))[1] for seed in range(400)]
    # Two ants miss one of two outputs half of the time.
    assert np.mean(np.array(counts) == 1) == pytest.approx(0.5, abs=0.1)
    assert np.mean(np.array(counts) == 2) == pytest.approx(0.25, abs=0.09)


def test_as_many_ants_as_outputs_are_enough_however_faint_an_output():
    structure = Superstructure(1, 20, n_layers=1, n_nodes_per_layer=2)
    pheromones = equal_pheromones(structure, tau=20.0)
    pheromones.edges[structure.edge_positions[:, -1].max()] = 0.2
    trail, n_marches = march(Ground.of(structure, pheromones, True), ALL_SPECIES, 20, rng())
    assert trail.reaches_every_output
    assert n_marches == MAX_FREE_MARCHES + 1
    # No ant was free any more, so that one step led into each output.
    assert (trail.forward[:, structure.first_output :].sum(axis=0) == 1).all()


def test_social_ants_march_after_the_others_whatever_the_order():
    structure = Superstructure(2, 1, n_layers=2, n_nodes_per_layer=2)
    trails = [
        march(ground(structure), order, 6, rng())[0]
        for order in (("explorer", "backward_recurrent"), ("backward_recurrent", "explorer"))
    ]
    assert np.array_equal(trails[0].recurrent, trails[1].recurrent)
    assert trails[0].recurrent.any()
