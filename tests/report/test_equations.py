from dataclasses import replace

from cellcolony import cells
from cellcolony.networks.builders import fixed_network
from cellcolony.report.sections.equations import cells_of, equations
from cellcolony.report.terminal import render
from cellcolony.runs.events import Champion
from tests.report.rendered import rendered
from tests.report.test_terminal import result_of


def network(names):
    bare = fixed_network(names, 2, 1, output_cell="linear", time_skips=(1,))
    return bare.with_weights([0.1] * bare.n_all_weights)


def test_each_cell_that_is_used_stands_once_the_most_frequent_first():
    uses = cells_of(network(["gru", "gru", "simple"]))
    assert {use.name: use.n_nodes for use in uses} == {"gru": 4, "linear": 1, "simple": 2}
    assert uses[0].name == "gru"


def test_every_cell_is_printed_within_a_terminal():
    for cell in cells.names():
        result = replace(result_of(0.3, 0.4), front=(Champion(9, network([cell]), 0.1),))
        text = rendered(render(equations(result)), 80)
        assert "The cells of network 9" in text
        assert "yₜ = " in text
