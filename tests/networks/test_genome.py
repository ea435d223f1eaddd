"""Networks as immutable values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.errors import GenomeError
from cellcolony.networks.genome import MOST_NODES, Network, Node
from tests.networks.oracle import random_network


@pytest.mark.parametrize("seed", range(5))
def test_a_network_survives_the_round_trip_through_json(seed):
    network = random_network(np.random.default_rng(seed))
    again = Network.from_dict(json.loads(json.dumps(network.to_dict())), network.weights)
    assert again.to_dict() == network.to_dict()
    assert again.weights is not None
    assert network.weights is not None
    np.testing.assert_array_equal(again.weights, network.weights)


def test_a_network_cannot_be_changed():
    network = random_network(np.random.default_rng(0))
    for array in (network.edges, network.recurrent_edges, network.weights):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def small(edges=((0, 1),), recurrent=(), weights=None):
    nodes = (Node(0, "input", 0.0), Node(1, "output", 1.0, "simple"))
    return Network(nodes, np.array(edges), np.array(recurrent), weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"edges": ((0, 7),)}, "unknown node"),
        ({"edges": ((1, 0),)}, "enters an input"),
        ({"edges": ((1, 1),)}, "greater depth"),
        ({"edges": ((0, 1), (0, 1))}, "stands twice"),
        ({"recurrent": ((1, 1, 0),)}, "time skip must be at least 1"),
        ({"weights": np.zeros(3)}, r"must have shape \(2,\). Got \(3,\)"),
        ({"weights": np.array([np.nan, 0])}, "must be finite"),
        ({"recurrent": ((1, 1, 10**6),)}, "time skip must be at most 100,000"),
    ],
)
def test_what_is_not_a_network_is_refused(arguments, message):
    with pytest.raises(GenomeError, match=message):
        small(**arguments)


@pytest.mark.parametrize("seed", range(20))
def test_what_lives_stands_on_a_way_from_an_input_to_an_output(seed):
    rng = np.random.default_rng(seed)
    drawn = random_network(rng, n_hidden=9, p_edge=0.15, p_recurrent=0.03)
    nodes = tuple(drawn.nodes[place] for place in rng.permutation(len(drawn.nodes)))
    network = Network(nodes, drawn.edges, drawn.recurrent_edges)
    lines = [*drawn.edges.tolist(), *drawn.recurrent_edges[:, :2].tolist()]

    def reached(start, ways):
        found = set(start)
        while more := {t for s, t in ways if s in found} - found:
            found |= more
        return found

    live = reached([node.id for node in network.inputs], lines)
    live &= reached([node.id for node in network.outputs], [(t, s) for s, t in lines])
    assert network.live == live
    mask = [s in live and t in live for s, t in lines]
    for node in nodes:
        if node.kind != "input":
            mask += [node.id in live] * len(cells.get(node.cell).weights())
    assert network.live_weights.tolist() == mask
    assert network.n_weights == sum(mask)


@pytest.mark.parametrize(
    ("node", "message"),
    [(Node(-1, "input", 0.0), "id must be at least 0"),
     (Node(0, "input", np.nan), "depth must be finite"),
     (Node(0, "input", -np.inf), "depth must be finite"),
     (Node(1, "input", 0.0), "the same id")],
)  # fmt: skip
def test_nodes_that_cannot_be_are_refused(node, message):
    output = Node(1, "output", 1.0, "simple")
    with pytest.raises(GenomeError, match=message):
        Network((node, output), np.zeros((0, 2), np.int32), np.zeros((0, 3), np.int32))


def test_there_is_an_end_to_nodes_and_to_what_is_remembered():
    many = tuple(Node(i, "input", 0.0) for i in range(MOST_NODES))
    output = Node(MOST_NODES, "output", 1.0, "simple")
    with pytest.raises(GenomeError, match=r"There may be 10,000 nodes\. Got 10,001"):
        Network((*many, output), np.zeros((0, 2), np.int32), np.zeros((0, 3), np.int32))
    with pytest.raises(GenomeError, match=r"at most 10,000 in a network of 10,000 nodes"):
        Network(
            (*many[1:], output),
            np.zeros((0, 2), np.int32),
            np.array([(1, MOST_NODES, 10_001)], np.int32),
        )


@pytest.mark.parametrize(
    ("part", "value"),
    [("nodes", None), ("nodes", [{"id": 0}]), ("nodes", [[0]]), ("edges", [[0, 1.0]]),
     ("edges", [[0, True]]), ("edges", [[0, "1"]]), ("edges", [[0]]), ("edges", [0, 1]),
     ("edges", [[0, 2**40]]), ("edges", "01"), ("recurrent_edges", [[0, 1]])],
)  # fmt: skip
def test_plain_values_of_other_kinds_are_refused(part, value):
    with pytest.raises(GenomeError, match=r"must (be|have)|beyond 32 bits"):
        Network.from_dict({**small().to_dict(), part: value})


@pytest.mark.parametrize("weights", ["weights", [[0.0]], [1e300, 0.0], [{}, 1.0], [10**300, 0]])
def test_weights_that_are_no_float32_are_refused(weights):
    with pytest.raises(GenomeError, match="weights"):
        Network.from_dict(small().to_dict(), weights)
