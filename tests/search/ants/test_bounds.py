"""Bounds of the pheromone, fixed and as published, by hand."""

import numpy as np
import pytest

from cellcolony.contract import Evaluation
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.ants.bounds import bounds_for, published
from tests.search.ants.colonies import layout, rng, started


def tell(search: AntSearch, number: int, loss: float) -> None:
    weights = search.ask(number, rng(number)).genome.weights
    assert weights is not None
    search.tell(number, Evaluation.succeeded(loss, weights))


def test_the_published_colony_has_4550_lines():
    published_layout = layout(AntSwarm(max_skip=2), [f"in{i}" for i in range(12)], ["out"])
    assert published_layout.n_lines == 924 + 3626


def test_published_bounds_follow_the_loss():
    bounds = published(rate=0.03, newest=0.02, n_lines=4550)
    assert bounds.cap == pytest.approx(5000 / 3)  # 1 / (0.03 * 0.02)
    assert bounds.floor == pytest.approx(5000 / 3 / 9100)


@pytest.mark.parametrize("newest", [0.0, -2.0, 1e-320, 1e300])
def test_published_bounds_are_finite_and_positive_for_every_loss(newest):
    bounds = published(0.03, newest, 4550)
    assert 0 < bounds.floor < bounds.cap < np.inf


@pytest.mark.parametrize(("bounds", "newest"), [("published", None), ("fixed", 0.02)])
def test_bounds_are_fixed_before_a_network_entered_and_where_they_are_set(bounds, newest):
    swarm = AntSwarm(bounds=bounds, initial_pheromone=0.7, pheromone_floor=0.3, pheromone_cap=9.0)
    assert bounds_for(swarm, layout(swarm, ["a"], ["b"]), newest) == (0.3, 9.0)


def one_line(**settings) -> AntSearch:
    """One input and one output, and nothing else: 2 lines, and every network uses both."""
    return started(1, 1, n_layers=0, max_skip=0, n_ants=1, **settings)


def test_a_deposit_is_held_between_the_published_bounds():
    search = one_line(bounds="published", population=2)
    tell(search, 0, 50.0)
    # 0.7 + 0.03 / 50 is above the cap 1 / (0.03 * 50) = 2 / 3.
    assert search.colony.pheromones.edges == pytest.approx(2 / 3)
    assert search.colony.pheromones.start == pytest.approx(2 / 3)
    tell(search, 1, 0.25)
    # Evaporation: 0.95 * 2 / 3 + 0.035 = 0.66833; + 0.12 is below the floor 133.33 / (2 * 2).
    assert search.colony.pheromones.edges == pytest.approx(100 / 3)
    tell(search, 2, 0.20)
    # 0.95 * 33.333 + 0.035 + 0.15 = 31.852 is below the floor 166.67 / 4.
    assert search.colony.pheromones.edges == pytest.approx(125 / 3)


def test_a_penalty_is_held_by_the_bounds_of_the_network_that_entered_last():
    search = one_line(bounds="published", population=1, pheromone="constant")
    tell(search, 0, 20.0)
    # 0.7 + 1 = 1.7 is above the cap 1 / (0.03 * 20) = 5 / 3.
    assert search.colony.pheromones.edges == pytest.approx(5 / 3)
    tell(search, 1, 30.0)
    # 0.95 * 5 / 3 + 0.035 - 1 = 0.61833 is above the floor 5 / 3 / 4, not those of 30 itself.
    assert search.colony.pheromones.edges == pytest.approx(0.95 * 5 / 3 - 0.965)
    tell(search, 2, 30.0)
    # 0.95 * 0.61833 + 0.035 - 1 = -0.378 is below it.
    assert search.colony.pheromones.edges == pytest.approx(5 / 12)


@pytest.mark.parametrize("pheromone", ["fitness", "l1", "l2", "rank", "relative"])
def test_what_earns_nothing_is_not_raised_to_the_published_floor(pheromone):
    search = started(bounds="published", pheromone=pheromone, population=1, n_ants=2)
    tell(search, 0, 0.02)
    weights = np.zeros(search.ask(1, rng(1)).genome.n_all_weights, np.float32)
    before = vars(search.colony.pheromones)
    search.tell(1, Evaluation.succeeded(0.03, weights))
    for name, tau in vars(search.colony.pheromones).items():
        assert np.array_equal(tau, before[name])


def test_published_bounds_leave_lines_without_a_deposit_alone():
    search = started(bounds="published", n_ants=2)
    tell(search, 0, 0.02)
    tau = search.colony.pheromones.edges
    floor = 1 / (0.03 * 0.02) / (2 * search.colony.layout.n_lines)
    assert floor > 0.7 + 0.03 / 0.02
    assert set(np.round(tau, 9)) == {0.7, round(floor, 9)}
