import numpy as np

from cellcolony.contract import Problem
from cellcolony.networks.builders import fixed_network, network_for


def test_layers_for_a_problem_have_its_columns_and_its_output_cell():
    problem = Problem(("flow", "heat"), ("outlet",), "neat_sigmoid")
    network = network_for(problem, ["gru", "simple"], width=3, time_skips=(1, 4))
    assert [node.name for node in network.inputs] == ["flow", "heat"]
    assert [(node.name, node.cell) for node in network.outputs] == [("outlet", "neat_sigmoid")]
    plain = fixed_network(["gru", "simple"], 2, 1, width=3, time_skips=(1, 4))
    np.testing.assert_array_equal(network.edges, plain.edges)
    np.testing.assert_array_equal(network.recurrent_edges, plain.recurrent_edges)
