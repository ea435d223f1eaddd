from dataclasses import replace

from rich.console import Console

from cellcolony import cells
from cellcolony.networks.builders import fixed_network
from cellcolony.report.equations import cells_of, equations_of_best
from cellcolony.runs.events import Champion
from tests.report.test_final import result_of


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
        console = Console(width=80, markup=False, highlight=False)
        with console.capture() as captured:
            console.print(equations_of_best(result))
        assert "The cells of network 9" in captured.get()
        assert "yₜ = " in captured.get()
