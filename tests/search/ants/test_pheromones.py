"""Schemes, deposits, bounds and evaporation, against numbers computed by hand."""

import math

import numpy as np
import pytest

from cellcolony.search.ants import Superstructure
from cellcolony.search.ants.deposit import deposited
from cellcolony.search.ants.evaporation import evaporated
from cellcolony.search.ants.pheromones import NOTHING, SCHEMES, Deposit, Trial
from cellcolony.search.ants.subnetwork import Subnetwork
from tests.search.ants.colonies import equal_pheromones


def trial(loss: float = 0.01, improves: bool = True, n_edge_weights: int = 4) -> Trial:
    return Trial(
        loss=loss,
        improves=improves,
        edge_weights=np.linspace(-1.0, 1.0, n_edge_weights, dtype=np.float32),
        losses=(0.005, loss if improves else 0.008),
        deposit_rate=0.03,
    )


@pytest.mark.parametrize("name", SCHEMES.names())
@pytest.mark.parametrize(
    "verdict",
    [
        trial(),
        trial(loss=0.0),
        trial(loss=-3.0),
        trial(loss=1e300),
        trial(loss=0.5, improves=False),
        trial(loss=math.inf, improves=False, n_edge_weights=0),
    ],
)
def test_every_scheme_deposits_finite_amounts(name, verdict):
    assert np.isfinite(SCHEMES[name](verdict)).all()


@pytest.mark.parametrize("name", SCHEMES.names())
def test_every_scheme_rewards_a_network_that_improves(name):
    deposit = SCHEMES[name](trial())
    assert deposit.edges > 0
    assert deposit.cells > 0


def test_the_constant_scheme_rewards_and_punishes_by_one():
    assert SCHEMES["constant"](trial()) == Deposit(1.0, 1.0)
    assert SCHEMES["constant"](trial(improves=False)) == Deposit(-1.0, -1.0)


def test_the_fitness_scheme_deposits_the_rate_over_the_loss_and_punishes_nobody():
    deposit = SCHEMES["fitness"](trial(loss=0.012))
    assert deposit == pytest.approx((2.5, 2.5))  # 0.03 / 0.012
    assert SCHEMES["fitness"](trial(improves=False)) == NOTHING


def network_and_pheromones():
    structure = Superstructure(2, 1, n_layers=1, n_nodes_per_layer=2, max_skip=1)
    used = Subnetwork(
        start=np.array([1]),
        edges=np.array([0, 5]),
        recurrent=np.array([3]),
        hidden=np.array([0, 1]),
        cells=np.array([1, 0]),
    )
    return used, equal_pheromones(structure, n_cells=2)


def test_deposits_go_to_what_the_network_used_and_to_nothing_else():
    used, pheromones = network_and_pheromones()
    after = deposited(pheromones, used, Deposit(edges=1.0, cells=2.0), floor=0.2, cap=20.0)
    assert after.start == pytest.approx([0.7, 1.7])
    assert np.flatnonzero(after.edges != 0.7).tolist() == [0, 5]
    assert after.edges[[0, 5]] == pytest.approx([1.7, 1.7])
    assert np.flatnonzero(after.recurrent != 0.7).tolist() == [3]
    assert after.cells == pytest.approx(np.array([[0.7, 2.7], [2.7, 0.7]]))
    assert (pheromones.edges == 0.7).all()


@pytest.mark.parametrize(("amount", "expected"), [(100.0, 20.0), (-1.0, 0.2), (0.0, 0.7)])
def test_pheromone_stays_between_floor_and_cap(amount, expected):
    used, pheromones = network_and_pheromones()
    after = deposited(pheromones, used, Deposit(amount, amount), floor=0.2, cap=20.0)
    for tau in (after.start[1], after.edges[5], after.recurrent[3], after.cells[0, 1]):
        assert tau == expected


def test_evaporation_moves_every_pheromone_back_towards_its_start():
    _, pheromones = network_and_pheromones()
    pheromones.start[0], pheromones.edges[2] = 20.0, 0.2
    pheromones.recurrent[1], pheromones.cells[1, 1] = 10.0, 2.7
    after = evaporated(pheromones, rate=0.05, initial=0.7)
    assert after.start == pytest.approx([19.035, 0.7])  # 0.95 * 20 + 0.05 * 0.7
    assert after.edges[2] == pytest.approx(0.225)  # 0.95 * 0.2 + 0.035
    assert after.recurrent[1] == pytest.approx(9.535)
    assert after.cells[1, 1] == pytest.approx(2.6)
    assert pheromones.start[0] == 20.0


def test_evaporation_alone_ends_where_pheromone_began():
    _, pheromones = network_and_pheromones()
    pheromones.edges[:] = 20.0
    for _ in range(500):
        pheromones = evaporated(pheromones, rate=0.05, initial=0.7)
    assert pheromones.edges == pytest.approx(0.7)
