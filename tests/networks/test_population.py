"""Networks side by side: the same errors as one at a time, to the bit, whoever stands beside."""

import numpy as np
import pytest

from cellcolony.errors import GenomeError
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.population import predict_population, score_each
from cellcolony.networks.series import Series
from cellcolony.networks.train import predict, score

CELLS = ("simple", "linear", "gru", "lstm", "neat_sigmoid", "delta")


def drawn(seed):
    """A network of any structure: edges within a step, skips up to 3, cells of all kinds."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 6))
    nodes = [Node(7, "input", 0.0), Node(3, "input", 0.0)]
    nodes += [Node(10 + i, "hidden", 1.0 + i, str(rng.choice(CELLS))) for i in range(n)]
    nodes += [Node(50, "output", 99.0, "linear")]
    edges = [(7, 50)]
    edges += [(int(rng.choice([7, 3])), 10 + i) for i in range(n)]
    edges += [(10 + i, 10 + j) for i in range(n) for j in range(i + 1, n) if rng.random() < 0.4]
    edges += [(10 + i, 50) for i in range(n)]
    ids = [7, 3, *(10 + i for i in range(n)), 50]
    recurrent = {
        (int(rng.choice(ids)), int(rng.choice(ids[2:])), int(rng.integers(1, 4)))
        for _ in range(int(rng.integers(0, 5)))
    }
    network = Network(tuple(nodes), edges, sorted(recurrent))  # pyright: ignore[reportArgumentType]
    return network.with_weights(rng.normal(0, 0.3, network.n_all_weights))


def data(n=2, length=150):
    rng = np.random.default_rng(5)
    return [
        Series(
            rng.normal(size=(length - 20 * i, 2)).astype(np.float32),
            rng.normal(size=(length - 20 * i, 1)).astype(np.float32),
            np.arange(length - 20 * i) > 10,
        )
        for i in range(n)
    ]


def test_any_structures_side_by_side_have_the_errors_that_each_has_alone():
    networks, series = [drawn(seed) for seed in range(40)], data()
    together = score_each(networks, series)
    alone = np.array([score_each([one], series)[0] for one in networks])
    np.testing.assert_array_equal(together, alone)
    engine = [score(one, series)[0][0] for one in networks]
    np.testing.assert_allclose(together, engine, rtol=1e-4)


def test_outputs_are_those_of_each_network():
    networks, series = [drawn(seed) for seed in range(9)], data(1)
    for network, found in zip(
        networks, predict_population(networks, series[0].inputs), strict=True
    ):
        np.testing.assert_allclose(found, predict(network, series[0].inputs), atol=1e-4)


def test_one_network_may_have_many_sets_of_weights():
    network, series = drawn(3), data()
    sets = np.random.default_rng(1).normal(0, 0.3, (50, network.n_all_weights)).astype(np.float32)
    found = score_each([network] * 50, series, weights=list(sets))
    expected = score_each([network.with_weights(one) for one in sets], series)
    np.testing.assert_array_equal(found, expected)


def test_a_network_without_a_finite_error_does_not_harm_its_neighbours():
    def with_loop(weight):
        nodes = (Node(0, "input", 0), Node(1, "input", 0), Node(2, "output", 1, "linear"))
        network = Network(nodes, [(0, 2)], [(2, 2, 1)])  # pyright: ignore[reportArgumentType]
        return network.with_weights([1.0, weight, 0.0])

    starved = fixed_network(["simple"], 2, 1, output_cell="linear")
    starved = Network(starved.nodes, starved.edges[:0], starved.recurrent_edges[:0])
    starved = starved.with_weights(np.zeros(starved.n_all_weights))
    series = data(1)
    losses = score_each([with_loop(0.5), with_loop(9.0), starved, drawn(4)], series)
    assert losses[1:3].tolist() == [np.inf, np.inf]
    assert losses[0] == score_each([with_loop(0.5)], series)[0]
    assert losses[3] == score_each([drawn(4)], series)[0]


def test_a_stop_ends_it_without_a_number():
    assert np.isnan(score_each([drawn(1), drawn(2)], data(), stop=np.ones(1, np.uint8))).all()


def test_networks_that_do_not_fit_the_data_or_have_no_weights_are_refused():
    other = fixed_network(["simple"], 3, 1, output_cell="linear")
    with pytest.raises(GenomeError, match=r"ask for 2 inputs.* with 3"):
        score_each([other.with_weights(np.zeros(other.n_all_weights))], data())
    none = Network(drawn(1).nodes, drawn(1).edges, drawn(1).recurrent_edges)
    with pytest.raises(GenomeError, match="weights to be scored"):
        score_each([none], data())
