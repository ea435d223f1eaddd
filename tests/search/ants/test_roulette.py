import numpy as np
import pytest

from cellcolony.search.ants.roulette import roulette
from tests.search.ants.colonies import rng


def test_choices_are_drawn_in_proportion_to_their_pheromone():
    pheromone = np.array([[1.0, 3.0, 0.0, 6.0]])
    drawn = roulette(pheromone, np.zeros(20_000, np.int64), rng())
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    # Four standard deviations of a share are at most 4 * sqrt(0.25 / 20,000) = 0.014.
    assert shares == pytest.approx([0.1, 0.3, 0.0, 0.6], abs=0.014)


def test_choices_without_pheromone_are_never_drawn():
    pheromone = np.array([[0.0, 1e-300, 0.0], [0.0, 0.0, 5.0], [2.0, 0.0, 0.0]])
    for rows in ([0, 1, 2, 0, 1, 2], [2, 1]):
        drawn = roulette(pheromone, np.array(rows), rng())
        assert drawn.tolist() == [[1, 2, 0][row] for row in rows]


def test_the_lowest_mark_draws_no_choice_without_pheromone():
    class Lowest(np.random.Generator):
        def random(self, size):  # pyright: ignore[reportIncompatibleMethodOverride]
            return np.zeros(size)

    drawn = roulette(np.array([[0.0, 0.0, 3.0]]), np.array([0, 0]), Lowest(np.random.PCG64(0)))
    assert drawn.tolist() == [2, 2]


def test_few_and_many_draws_from_a_table_are_the_same_draws():
    pheromone = rng(1).random((4, 5))
    rows = np.array([3, 1, 2])
    few = roulette(pheromone, rows, rng())
    assert few.tolist() == roulette(pheromone[rows], np.arange(3), rng()).tolist()


def test_no_draw_is_no_choice():
    assert roulette(np.ones((1, 3)), np.empty(0, np.int64), rng()).shape == (0,)
