from dataclasses import replace

from cellcolony import cells
from cellcolony.networks.builders import fixed_network
from cellcolony.report.sections.equations import MOST_CELLS, cells_of, equations
from cellcolony.report.terminal import render
from cellcolony.runs.events import Champion
from cellcolony.search.model import FixedModel
from tests.report.rendered import rendered
from tests.report.results import final, forecast_result, model_result


def network(names):
    bare = fixed_network(names, 2, 1, output_cell="linear", time_skips=(1,))
    return bare.with_weights([0.1] * bare.n_all_weights)


def test_each_cell_that_is_used_stands_once_the_most_frequent_first():
    uses = cells_of(network(["gru", "gru", "simple"]))
    assert {use.name: use.n_nodes for use in uses} == {"gru": 4, "linear": 1, "simple": 2}
    assert uses[0].name == "gru"


def test_every_cell_is_printed_within_a_terminal():
    for cell in cells.names():
        result = replace(forecast_result(0.3, 0.4), front=(Champion(9, network([cell]), 0.1),))
        text = rendered(render(equations(result)), 80)
        assert "The cells of network 9" in text
        assert "yₜ = " in text


def test_the_cells_of_a_model_are_printed_once_each_and_not_without_end():
    one = model_result(final("own", 90.0))
    method = FixedModel(cells=("gru", "lstm", "gru"), units=(1, 2, 3))
    text = rendered(render(equations(replace(one, config=replace(one.config, method=method)))))
    assert text.count("Cell gru") == text.count("Cell lstm") == 1
    assert "h̃ₜ = tanh(" in text
    programs = {f"cell-{i}": {**cells.get("mgu").to_dict(), "name": f"c{i}"} for i in range(20)}
    method = FixedModel(cells=tuple(programs), units=(1,) * 20, programs=programs)
    text = rendered(render(equations(replace(one, config=replace(one.config, method=method)))))
    assert text.count("Cell ") == MOST_CELLS
    assert "8 other cells: see model.json" in text
