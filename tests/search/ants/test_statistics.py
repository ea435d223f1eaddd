"""How large the networks of an untaught colony are: the same from any seeds, and as expected.

What founders lay is a Markov chain that ends at the output, so that the means are solved for. Those
of social ants, which follow others, were counted once from 20,000 marches each.
"""

import numpy as np
import pytest

from cellcolony.search.ants import Superstructure
from cellcolony.search.ants.march import march
from tests.search.ants.colonies import ground, rng

STRUCTURE = Superstructure(4, 1, n_layers=2, n_nodes_per_layer=4, max_skip=2)
N_ANTS, N_SEEDS = 6, 150
FIRST_SEEDS = (0, 10_000)
"""Two sets of seeds without a seed in common."""

FORWARD, BACKWARD = "forward_recurrent", "backward_recurrent"
FOUNDERS = [("explorer",), ("standard",), ("standard_biased",)]
COUNTED = {
    ("explorer", FORWARD): {True: 13.238, False: 8.262},
    ("explorer", BACKWARD): {True: 7.293, False: 5.405},
    ("explorer", FORWARD, BACKWARD): {True: 20.549, False: 13.669},
}
"""Recurrent edges of a network with and without jumping; their standard errors are below 0.016."""

BOTH = pytest.mark.parametrize("jumping", [True, False])


def counts(species: tuple[str, ...], jumping: bool, first_seed: int, n_seeds: int) -> np.ndarray:
    """Chosen hidden nodes, forward edges and recurrent edges of each march, `(n_seeds, 3)`."""
    on = ground(STRUCTURE, jumping)
    found = []
    for seed in range(first_seed, first_seed + n_seeds):
        trail, _ = march(on, species, N_ANTS, rng(seed))
        hidden = trail.nodes[STRUCTURE.n_inputs : STRUCTURE.first_output]
        found.append([hidden.sum(), trail.forward.sum(), trail.recurrent.sum()])
    return np.array(found, float)


def chances(founder: str, jumping: bool) -> tuple[np.ndarray, np.ndarray]:
    """The chance of each step on even ground: over an edge, over a recurrent edge at each skip."""
    layer, n_nodes = STRUCTURE.layer, STRUCTURE.n_nodes
    forward, recurrent = np.zeros((2, n_nodes, n_nodes))
    for source in range(n_nodes - 1):
        for target in range(STRUCTURE.n_inputs, n_nodes):
            ahead = layer[target] - layer[source]
            if jumping or ahead <= 1:
                forward[source, target] = ahead > 0
                recurrent[source, target] = founder != "explorer"
        n_behind = 2 * recurrent[source, layer <= layer[source]].sum()
        if founder == "standard_biased":
            forward[source] *= max(n_behind / forward[source].sum(), 1.0)
    total = forward.sum(axis=1) + 2 * recurrent.sum(axis=1)
    total[-1] = 1.0  # the output, where every walk ends
    return forward / total[:, None], recurrent / total[:, None]


def expected(founder: str, jumping: bool) -> list[float]:
    """The mean numbers of hidden nodes, edges and recurrent edges that some ant has taken."""
    forward, recurrent = chances(founder, jumping)
    onward = forward + 2 * recurrent  # (n_nodes, n_nodes), the chance of each next node
    n_nodes, n_inputs = STRUCTURE.n_nodes, STRUCTURE.n_inputs

    def by_some_ant(chain: np.ndarray, won: np.ndarray) -> float:
        """`won` is the chance of success in the next step, `chain` that of going on without it."""
        by_one = np.linalg.solve(np.eye(n_nodes) - chain, won)[:n_inputs].mean()
        return 1.0 - (1.0 - by_one) ** N_ANTS

    def over_edges(chance: np.ndarray) -> float:
        sum_of_all = 0.0
        for source, target in np.argwhere(chance > 0):
            chain, won = onward.copy(), np.zeros(n_nodes)
            chain[source, target] -= chance[source, target]
            won[source] = chance[source, target]
            sum_of_all += by_some_ant(chain, won)
        return sum_of_all

    nodes = 0.0
    for node in range(n_inputs, n_nodes - 1):
        chain = onward.copy()
        chain[:, node] = 0.0
        nodes += by_some_ant(chain, onward[:, node])
    return [nodes, over_edges(forward), 2 * over_edges(recurrent)]


def standard_error(found: np.ndarray) -> np.ndarray:
    return found.std(axis=0, ddof=1) / np.sqrt(len(found))


@BOTH
@pytest.mark.parametrize("species", [*FOUNDERS, *COUNTED], ids="+".join)
def test_two_sets_of_seeds_give_networks_of_the_same_size(species, jumping):
    a, b = (counts(species, jumping, first, N_SEEDS) for first in FIRST_SEEDS)
    distance = np.abs(a.mean(axis=0) - b.mean(axis=0))
    assert (distance <= 4 * np.hypot(standard_error(a), standard_error(b))).all()
    assert not np.array_equal(a, b)


@BOTH
@pytest.mark.parametrize("founder", [name for (name,) in FOUNDERS])
def test_founders_lay_networks_of_the_size_that_their_chances_give(founder, jumping):
    found = counts((founder,), jumping, 0, N_SEEDS)
    distance = np.abs(found.mean(axis=0) - expected(founder, jumping))
    assert (distance <= 4 * standard_error(found) + 1e-9).all()


@BOTH
@pytest.mark.parametrize("species", COUNTED, ids="+".join)
def test_social_ants_add_as_many_recurrent_edges_as_they_did_before(species, jumping):
    found = counts(species, jumping, 0, N_SEEDS)
    reference = [*expected("explorer", jumping)[:2], COUNTED[species][jumping]]
    distance = np.abs(found.mean(axis=0) - reference)
    assert (distance <= 4 * np.hypot(standard_error(found), 0.016)).all()
