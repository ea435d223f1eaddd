import numpy as np

from cellcolony.contract import Candidate, Evaluation
from cellcolony.runs.bookkeeping import Front
from cellcolony.runs.events import Asked, Champion, Told
from tests.runs.fakes import small_network


def champion(number, n_hidden, loss):
    return Champion(number, small_network(n_hidden=n_hidden), loss)


def numbers(front):
    return [champion.number for champion in front]


def test_the_front_holds_what_no_other_beats_in_size_and_loss():
    front = Front()
    assert front.add(champion(0, 1, 0.5))
    assert front.add(champion(1, 2, 0.3))
    assert front.add(champion(2, 0, 0.9))
    assert numbers(front) == [2, 0, 1]
    assert not front.add(champion(3, 2, 0.6))
    assert front.add(champion(4, 1, 0.2))
    assert numbers(front) == [2, 4]


def test_of_two_equal_networks_the_first_stays():
    front = Front()
    front.add(champion(0, 1, 0.5))
    assert not front.add(champion(1, 1, 0.5))
    assert numbers(front) == [0]


def test_random_networks_leave_exactly_the_pareto_front():
    rng = np.random.default_rng(1)
    every = [champion(i, int(rng.integers(6)), float(rng.integers(1, 9))) for i in range(200)]
    front = Front()
    for one in every:
        front.add(one)
    points = {(c.network.n_weights, c.loss) for c in every}
    best = {
        (size, loss)
        for size, loss in points
        if not any((s <= size and f <= loss and (s, f) != (size, loss)) for s, f in points)
    }
    assert [(c.network.n_weights, c.loss) for c in front] == sorted(best)


def test_the_front_keeps_trained_weights_and_leaves_failures_out():
    front, network = Front(), small_network(0.5)
    assert network.weights is not None
    candidate = Candidate(7, network)
    assert not front.observe(Asked(candidate))
    assert not front.observe(Told(candidate, Evaluation.failed("it diverged")))
    assert front.observe(Told(candidate, Evaluation.succeeded(0.5, network.weights * 2)))
    (champion,) = front
    assert champion.number == 7
    np.testing.assert_array_equal(champion.network.weights, network.weights * 2)
