"""How untrained weights begin, in the colony and in random search."""

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation
from cellcolony.networks.genome import Network
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.random import RandomSearch, RandomWalk
from tests.search.ants.colonies import problem, rng, started


def start_weights(network: Network) -> np.ndarray:
    assert network.weights is not None
    return network.weights.astype(np.float64)


def targets(network: Network) -> list[int]:
    """The node that each edge and recurrent edge enters, in the order of the weights."""
    return [*network.edges[:, 1].tolist(), *network.recurrent_edges[:, 1].tolist()]


def tell(search: AntSearch, candidate: Candidate, loss: float, weights, n_epochs: int) -> None:
    curve = tuple(np.linspace(1.0, loss, n_epochs + 1))
    search.tell(candidate.number, Evaluation.succeeded(loss, weights.astype(np.float32), curve))


def test_fan_in_scales_each_edge_by_how_many_enter_its_target():
    uniform, scaled = (started(initial_weights=mode) for mode in ("uniform", "fan_in"))
    for number in range(5):
        plain, network = (s.ask(number, rng(number)).genome for s in (uniform, scaled))
        assert plain.to_dict() == network.to_dict()
        enters = targets(network)
        ratio = start_weights(network) / start_weights(plain)
        expected = [np.sqrt(3 / enters.count(target)) / 0.5 for target in enters]
        assert ratio[: len(enters)] == pytest.approx(expected, rel=1e-5)
        assert ratio[len(enters) :] == pytest.approx(1.0)
    assert np.array_equal(uniform.colony.weights, scaled.colony.weights)


@pytest.mark.parametrize("weights", ["function", "none"])
def test_fan_in_gives_the_sum_into_a_node_the_variance_of_its_inputs(weights):
    swarm = AntSwarm(initial_weights="fan_in", weights=weights, n_ants=30)
    sums = []
    for seed in range(30):
        search = AntSearch.start(swarm, problem(["a", "b"], ["c"]), rng(seed))
        network = search.ask(0, rng(seed)).genome
        enters = np.array(targets(network))
        squares = start_weights(network)[: len(enters)] ** 2
        sums += [squares[enters == node].sum() for node in np.unique(enters)]
    # A weight's variance is 1 / n: the squares of n weights sum to 1 in the mean. A square of
    # U(-b, b) deviates by 0.9 of its mean, so that a node's sum deviates by at most 0.9.
    assert np.mean(sums) == pytest.approx(1.0, abs=4 * 0.9 / np.sqrt(len(sums)))
    assert len(sums) > 600


def test_weights_that_were_trained_stay_as_they_are_whatever_enters_their_target():
    search = started(initial_weights="fan_in", weights=0.9)
    first = search.ask(0, rng(0))
    network = first.genome
    began = start_weights(network)
    trained = began + 1.0
    tell(search, first, 0.1, trained, n_epochs=10)
    mixed = dict(zip(edges_of(network), 0.9 * trained + 0.1 * began, strict=False))
    n_same, fan_ins = 0, set()
    for number in range(1, 30):
        later = search.ask(number, rng(number)).genome
        enters = targets(later)
        for edge, weight in zip(edges_of(later), start_weights(later), strict=False):
            if edge in mixed:
                assert weight == pytest.approx(mixed[edge], rel=1e-5)
                fan_ins.add((edge, enters.count(edge[1])))
                n_same += 1
    assert n_same > 100
    assert len(fan_ins) > len(mixed)  # edges came back among other neighbours


def edges_of(network: Network) -> list[tuple[int, ...]]:
    return [*map(tuple, network.edges.tolist()), *map(tuple, network.recurrent_edges.tolist())]


@pytest.mark.parametrize(("phi", "n_epochs", "rounding"), [(0.5, 0, 1e-6), (0.0, 10, 0.0)])
def test_what_was_not_trained_is_not_scaled_twice(phi, n_epochs, rounding):
    search = started(initial_weights="fan_in", weights=phi)
    candidate = search.ask(0, rng(0))
    before = search.colony.weights.copy()
    tell(search, candidate, 0.1, start_weights(candidate.genome), n_epochs)
    assert search.colony.weights == pytest.approx(before, rel=rounding, abs=0.0)
    assert search.colony.epochs.max() == 0.0


@pytest.mark.parametrize("mode", ["uniform", "fan_in"])
def test_random_search_begins_as_the_colony_does(mode):
    ants = AntSwarm(initial_weights=mode, n_ants=20)
    walk = RandomWalk.start(RandomSearch(ants), problem(["a", "b"], ["c"]), rng(0))
    limits = []
    for number in range(20):
        network = walk.ask(number, rng(number)).genome
        enters = targets(network)
        limit = 0.5
        if mode == "fan_in":
            limit = np.sqrt([3 / enters.count(target) for target in enters])
        size = np.abs(start_weights(network)[: len(enters)]) / limit
        limits.append(size.max())
        assert size.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * len(enters)))
    assert 0.97 < max(limits) <= 1.0 + 1e-6
