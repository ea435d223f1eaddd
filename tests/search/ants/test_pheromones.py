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


def trial(
    loss: float = 0.01,
    improves: bool = True,
    n_edge_weights: int = 4,
    losses: tuple[float, ...] = (),
    population_size: int = 5,
    **more: float,
) -> Trial:
    return Trial(
        loss=loss,
        improves=improves,
        edge_weights=np.linspace(-1.0, 1.0, n_edge_weights, dtype=np.float32),
        losses=losses or tuple(sorted((0.005, loss if improves else 0.008))),
        population_size=population_size,
        **{"deposit_rate": 0.03, "penalty": 0.65, **more},
    )


@pytest.mark.parametrize("name", SCHEMES.names())
@pytest.mark.parametrize(
    "verdict",
    [
        trial(),
        trial(loss=0.0),
        trial(loss=-3.0),
        trial(loss=1e300),
        trial(loss=0.01, n_edge_weights=0),
        trial(loss=0.01, losses=(0.0, 0.01)),
        trial(loss=0.01, losses=(-1.0, 0.01)),
        trial(loss=0.5, improves=False),
        trial(loss=math.inf, improves=False, n_edge_weights=0),
    ],
)
def test_every_scheme_deposits_finite_amounts(name, verdict):
    assert np.isfinite(SCHEMES[name].deposit(verdict)).all()


@pytest.mark.parametrize("name", SCHEMES.names())
def test_every_scheme_rewards_a_network_that_improves(name):
    deposit = SCHEMES[name].deposit(trial(loss=0.004))
    assert deposit.edges > 0
    assert deposit.cells > 0


def test_the_constant_scheme_rewards_and_punishes_by_one():
    assert SCHEMES["constant"].deposit(trial()) == Deposit(1.0, 1.0)
    assert SCHEMES["constant"].deposit(trial(improves=False)) == Deposit(-1.0, -1.0)


def test_the_fitness_scheme_deposits_the_rate_over_the_loss_and_punishes_nobody():
    deposit = SCHEMES["fitness"].deposit(trial(loss=0.012))
    assert deposit == pytest.approx((2.5, 2.5))  # 0.03 / 0.012
    assert SCHEMES["fitness"].deposit(trial(improves=False)) == NOTHING


# The weights are -1, -1/3, 1/3, 1: their mean size is 2/3, their mean square 5/9.


@pytest.mark.parametrize(
    ("name", "penalty", "denominator"),
    [
        ("l1", 0.65, 0.01 + 0.65 * 2 / 3),
        ("l1", 0.9, 0.01 + 0.9 * 2 / 3),
        ("l1", 0.0, 0.01),
        ("l2", 0.65, 0.01 + 0.65 * 5 / 18),
        ("l2", 0.25, 0.01 + 0.25 * 5 / 18),
        ("l2", 0, 0.01),
    ],
)
def test_large_weights_lower_the_deposit_on_edges_and_not_on_cells(name, penalty, denominator):
    deposit = SCHEMES[name].deposit(trial(loss=0.01, penalty=penalty))
    assert deposit == pytest.approx((0.03 / denominator, 3.0))
    assert SCHEMES[name].deposit(trial(improves=False, penalty=penalty)) == NOTHING


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_a_network_without_edges_is_rewarded_by_its_loss_alone(name):
    deposit = SCHEMES[name].deposit(trial(loss=0.01, n_edge_weights=0))
    assert deposit == pytest.approx((3.0, 3.0))


def test_the_rank_scheme_deposits_by_the_share_of_networks_that_are_beaten():
    losses = (0.1, 0.2, 0.2, 0.4, 0.9)
    amounts = [SCHEMES["rank"].deposit(trial(loss=loss, losses=losses)) for loss in losses]
    assert [deposit.edges for deposit in amounts] == pytest.approx([0.8, 0.4, 0.4, 0.2, 0])
    assert [deposit.cells for deposit in amounts] == pytest.approx([0.8, 0.4, 0.4, 0.2, 0])
    assert SCHEMES["rank"].deposit(trial(improves=False)) == NOTHING


def test_the_first_networks_deposit_little_by_rank_for_they_have_beaten_few():
    deposit = SCHEMES["rank"].deposit
    assert deposit(trial(loss=0.3, losses=(0.3,), population_size=20)).edges == 0
    assert deposit(trial(loss=0.1, losses=(0.1, 0.3), population_size=20)).edges == 1 / 20


def test_the_relative_scheme_deposits_the_best_loss_over_the_own():
    losses = (0.1, 0.2, 0.4)
    amounts = [SCHEMES["relative"].deposit(trial(loss=loss, losses=losses)) for loss in losses]
    assert amounts == [pytest.approx((share, share)) for share in (1, 0.5, 0.25)]
    assert SCHEMES["relative"].deposit(trial(improves=False)) == NOTHING


@pytest.mark.parametrize("name", ["rank", "relative"])
@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_scale_free_schemes_do_not_see_the_unit_of_the_loss_nor_the_rate(name, unit):
    losses = (0.1, 0.25, 0.4)
    for loss in losses:
        plain = SCHEMES[name].deposit(trial(loss=loss, losses=losses))
        scaled = trial(loss * unit, losses=tuple(unit * f for f in losses), deposit_rate=0.3)
        assert SCHEMES[name].deposit(scaled) == pytest.approx(plain)


@pytest.mark.parametrize("name", SCHEMES.names())
def test_every_scheme_says_what_it_does_and_where_it_comes_from(name):
    assert SCHEMES[name].summary.endswith(".")
    assert "\n" not in SCHEMES[name].summary
    assert SCHEMES[name].source


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
