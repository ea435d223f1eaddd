from dataclasses import replace

import numpy as np
import pytest

from cellcolony.errors import GenomeError
from cellcolony.networks.averaging import average
from cellcolony.networks.builders import draw_weights, fixed_network, jordan
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.stepper import Stepper
from cellcolony.networks.train import predict
from tests.networks.oracle import random_network

NAMES = {"input_names": ("a", "b", "c"), "output_names": ("y", "z")}


def rng(seed=0):
    return np.random.default_rng(seed)


def layered(cell, seed, output_cell="linear", time_skips=(1, 4)):
    network = fixed_network(
        [cell], 3, 2, width=4, output_cell=output_cell, time_skips=time_skips, **NAMES
    )
    return draw_weights(network, rng(seed))


def direct(*edges, recurrent=()):
    """Return inputs a to c whose edges lead to one linear output, each weight 1 and bias 3."""
    nodes = [*(Node(i, "input", 0.0, "", name) for i, name in enumerate("abc")),
             Node(9, "output", 1.0, "linear", "y")]  # fmt: skip
    weights = np.append(np.ones(len(edges) + len(recurrent)), 3.0)
    return Network(tuple(nodes), np.array(edges), np.array(recurrent), weights)


def mean_of(networks, shares, inputs):
    return sum(s * predict(one, inputs) for one, s in zip(networks, shares, strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_one_network_gives_the_weighted_mean_of_what_its_members_give(seed):
    inputs = rng(99).normal(size=(300, 3)).astype(np.float32)
    drawn = [random_network(rng(100 * seed + i), n_hidden=3 + i) for i in range(4)]
    networks = [draw_weights(one, rng(i)) for i, one in enumerate(drawn)]
    shares = [0.1, 0.2, 0.3, 0.4]
    whole = average(networks, shares)
    expected = mean_of(networks, shares, inputs)
    np.testing.assert_allclose(predict(whole, inputs), expected, atol=1e-5, rtol=1e-5)


def test_members_whose_linear_outputs_nobody_reads_need_no_node_for_them():
    networks = [layered("gru", 1), layered("simple", 2)]
    whole = average(networks, [0.25, 0.75])
    assert len(whole.nodes) == 3 + 4 + 4 + 2
    assert whole.n_weights == sum(one.n_weights for one in networks) - 2
    assert [node.cell for node in whole.outputs] == ["linear", "linear"]
    inputs = rng(5).normal(size=(80, 3)).astype(np.float32)
    np.testing.assert_allclose(
        predict(whole, inputs), mean_of(networks, [0.25, 0.75], inputs), atol=1e-5
    )


@pytest.mark.parametrize("cell", ["simple", "linear"])
def test_outputs_that_are_bounded_or_read_become_hidden_nodes(cell):
    fed_back = draw_weights(jordan(3, 2, width=2, output_cell=cell, **NAMES), rng(3))
    networks = [fed_back, layered("lstm", 4, output_cell="simple")]
    whole = average(networks, [0.5, 0.5])
    hidden = [node for node in whole.nodes if node.kind == "hidden"]
    assert [node.cell for node in hidden if node.name] == [cell, cell, "simple", "simple"]
    inputs = rng(5).normal(size=(80, 3)).astype(np.float32)
    np.testing.assert_allclose(
        predict(whole, inputs), mean_of(networks, [0.5, 0.5], inputs), atol=1e-5
    )


def test_edges_that_several_members_have_are_summed_and_biases_averaged():
    one = direct((0, 9), (1, 9), recurrent=[(0, 9, 2)])
    other = direct((1, 9), recurrent=[(0, 9, 2), (0, 9, 3)])
    whole = average([one, other], [0.25, 0.75])
    assert whole.edges.tolist() == [[0, 3], [1, 3]]
    assert whole.recurrent_edges.tolist() == [[0, 3, 2], [0, 3, 3]]
    assert whole.weights is not None
    assert whole.weights.tolist() == [0.25, 1.0, 1.0, 0.75, 3.0]


def test_what_does_not_live_is_left_out_but_every_input_is_listed():
    dead = Node(5, "hidden", 0.5, "simple")
    one = direct((0, 9))
    nodes = (*one.nodes, dead)
    one = replace(one, nodes=nodes, edges=[(0, 9), (1, 5)], weights=[1, 1, 3, 0.5])
    whole = average([one], [1.0])
    assert [node.name for node in whole.inputs] == ["a", "b", "c"]
    assert whole.n_all_weights == whole.n_weights == 2


def test_an_average_is_stepped_like_any_network():
    whole = average([layered("delta", 1), layered("mgu", 2, "simple")], [0.4, 0.6])
    inputs = rng(5).normal(size=(50, 3)).astype(np.float32)
    stepper = Stepper(whole)
    parts = [stepper.run(inputs[a:b]) for a, b in ((0, 1), (1, 7), (7, 50))]
    np.testing.assert_allclose(np.concatenate(parts), predict(whole, inputs), atol=1e-6)


def test_an_average_of_averages_is_one_too():
    networks = [layered("gru", seed) for seed in range(3)]
    inner = average(networks[:2], [0.5, 0.5])
    whole = average([inner, networks[2]], [0.5, 0.5])
    inputs = rng(5).normal(size=(50, 3)).astype(np.float32)
    expected = mean_of(networks, [0.25, 0.25, 0.5], inputs)
    np.testing.assert_allclose(predict(whole, inputs), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("networks", "shares", "message"),
    [
        ([], [], "as many shares as networks"),
        ([direct((0, 9))], [0.5, 0.5], "as many shares as networks"),
        ([direct((0, 9)), layered("gru", 1)], [0.5, 0.5], "the same inputs and outputs"),
        ([replace(direct((0, 9)), weights=None)], [1.0], "must have weights"),
        ([direct((0, 9)).with_weights([3e38, 0])] * 2, [1.0, 1.0], "must be finite"),
    ],
)
def test_what_cannot_be_averaged_is_refused(networks, shares, message):
    with pytest.raises(GenomeError, match=message):
        average(networks, shares)
