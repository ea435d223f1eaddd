"""Plans and layouts: what is left out, what goes side by side, what waits for what."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony.errors import GenomeError
from cellcolony.networks.builders import elman, feed_forward, fixed_network, jordan
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.plan import plan
from tests.networks.oracle import random_network


def chain(*edges, recurrent=()):
    nodes = [Node(0, "input", 0), Node(1, "input", 0)]
    nodes += [Node(i, "hidden", i, "simple") for i in range(2, 6)]
    nodes.append(Node(9, "output", 9, "simple"))
    return Network(tuple(nodes), np.array(edges), np.array(recurrent).reshape(-1, 3))


def test_what_no_input_reaches_and_what_reaches_no_output_is_left_out():
    # 3 is a dead end, 4 has no input; input 1 is not picked.
    network = chain((0, 2), (2, 9), (2, 3), (4, 9))
    planned = plan(network)
    assert planned.inputs == (0,)
    assert planned.columns == (0,)
    assert {n for c in planned.components for g in c.groups for n in g.nodes} == {2, 9}
    assert network.n_weights == 2 + 2


def test_a_path_over_a_recurrent_edge_keeps_a_node_alive():
    network = chain((0, 2), (3, 9), recurrent=[(2, 3, 1)])
    assert network.live == {0, 2, 3, 9}
    assert network.n_weights == 3 + 3


def test_an_output_that_no_input_reaches_is_refused():
    with pytest.raises(GenomeError, match="No input reaches output"):
        plan(chain((0, 2), (4, 9)))


def test_a_fixed_layer_is_one_group_without_a_cycle():
    planned = plan(fixed_network(["gru"], 12, 1))
    assert [c.cyclic for c in planned.components] == [False, False]
    assert [len(c.groups[0].nodes) for c in planned.components] == [12, 1]


def test_full_recurrence_makes_one_cycle_whose_nodes_stay_side_by_side():
    planned = plan(fixed_network(["gru"], 3, 1, time_skips=(1,)))
    assert [c.cyclic for c in planned.components] == [True, False]
    assert [len(g.nodes) for g in planned.components[0].groups] == [3]


@pytest.mark.parametrize("seed", range(20))
def test_every_node_comes_after_what_it_needs(seed):
    network = random_network(np.random.default_rng(seed), n_hidden=15)
    planned = plan(network)
    at = {}
    for i, component in enumerate(planned.components):
        assert component.cyclic or len(component.groups) == 1
        for j, group in enumerate(component.groups):
            at.update(dict.fromkeys(group.nodes, (i, j, component.cyclic)))
    assert set(at) | set(planned.inputs) == set(network.live)
    for source, target, skip in planned.edges.tolist():
        if source not in at:
            continue
        if at[source][0] == at[target][0]:
            assert at[source][2]
            assert skip > 0 or at[source] < at[target]
        else:
            assert at[source] < at[target]


def test_builders_make_the_networks_of_their_names():
    assert len(elman(3, 1).recurrent_edges) == 9
    assert len(jordan(3, 2, width=4).recurrent_edges) == 8
    assert len(feed_forward(3, 1, n_layers=2).edges) == 9 + 9 + 3
    # ElSaid et al. 2020: a one-layer GRU of 12 nodes; 264 weights and a bias of the output.
    assert fixed_network(["gru"], 12, 1).n_weights == 12 * 12 + 12 * 9 + 12 + 1
