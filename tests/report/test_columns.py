"""Which columns matter, on a page and on a terminal."""

from dataclasses import replace

import numpy as np
import pytest

from cellcolony.networks.genome import Network, Node
from cellcolony.report.blocks import Content, Paragraph, Picture, TableBlock
from cellcolony.report.page import render
from cellcolony.report.sections.columns import columns, edges_of
from cellcolony.report.sections.edges import edges
from cellcolony.report.sections.responses import partial_responses
from cellcolony.runs.directory import IMPORTANCE, RESPONSES
from cellcolony.runs.events import Champion
from cellcolony.runs.importance.reliance import (
    FROZEN,
    LAG,
    SHUFFLED,
    UNPLUGGED,
    Reliance,
    importance_csv,
)
from cellcolony.runs.importance.responses import Response, responses_csv
from tests.report.results import final, forecast_result, node_result, text_of, with_targets

NETWORK = Network(
    (
        Node(0, "input", 0.0, "", "x"), Node(1, "input", 0.0, "", "y"),
        Node(2, "hidden", 1.0, "simple"), Node(3, "hidden", 1.0, "simple"),
        Node(4, "output", 2.0, "linear", "y"),
    ),
    np.array([(0, 2), (0, 4), (1, 3), (2, 4)], np.int32),  # nothing hears node 3
    np.array([(0, 2, 7), (0, 4, 7), (4, 2, 1)], np.int32),
)  # fmt: skip
FOUND = (
    Reliance(SHUFFLED, "x", None, 0.125, 0.5),
    Reliance(LAG, "x", 7, 0.0625, 0.25),
    Reliance(LAG, "x", 0, -0.001, -0.004),
    Reliance(UNPLUGGED, "x", None, 0.001, 0.004),
)


def result_of(*found, targets=("y",)):
    result = forecast_result(0.2, 0.3)
    network = NETWORK.with_weights(np.ones(NETWORK.n_all_weights))
    result = replace(result, front=(Champion(9, network, 0.1),), path=None)
    kept = {IMPORTANCE: importance_csv(found).encode()} if found else {}
    result = replace(result, keepsake=kept)
    return with_targets(result, *targets) if targets != ("y",) else result


def told(result):
    return " ".join(one.text for one in columns(result) if isinstance(one, Paragraph))


def test_the_edges_of_each_column_and_lag_are_counted_where_they_reach_an_output():
    assert edges_of(NETWORK) == {"x": {0: 2, 7: 2}}


def test_the_columns_stand_in_a_table_with_bars_and_edges():
    table = next(one for one in columns(result_of(*FOUND)) if isinstance(one, TableBlock))
    assert [one.title for one in table.header] == ["column", "MAE rises by", "", "in %", "edges"]
    assert table.rows == [["x", "0.1250", "100", "+50.0 %", "4"]]


def test_the_lags_stand_in_a_table_of_their_own():
    _, table = (one for one in columns(result_of(*FOUND)) if isinstance(one, TableBlock))
    assert table.title == "Columns by lag"
    assert [[row[0], row[1], row[-1]] for row in table.rows] == [["x", "7", "2"], ["x", "0", "2"]]
    few = [one for one in columns(result_of(*FOUND[:2])) if isinstance(one, TableBlock)]
    assert few[1].title == "Columns by lag, the 1 that matter most of 2"


def test_a_network_without_lags_has_one_table():
    tables = [one for one in columns(result_of(FOUND[0])) if isinstance(one, TableBlock)]
    assert len(tables) == 1


def test_it_says_which_columns_can_be_unplugged_and_what_is_lost():
    says = told(result_of(*FOUND))
    assert "1 of the 1 column that it reads can be unplugged at a loss of at most 0.5 %: x." in says
    assert "the validation MAE changes by +0.40 %, from 0.2500 to 0.2510." in says
    assert "None of the columns that it reads can be unplugged" in told(result_of(FOUND[0]))


def test_it_says_which_columns_are_not_read_and_which_not_shuffled():
    says = told(result_of(*FOUND, Reliance(SHUFFLED, "y")))
    assert "The network does not read 1 of the 2 columns: y." in says
    assert "Not shuffled, as they are too many and have the smallest weights: y." in says


def test_several_targets_are_told_as_their_mean():
    assert "in the mean over the targets" in told(result_of(*FOUND, targets=("y", "x")))
    assert "in the mean over the targets" not in told(result_of(*FOUND))


def test_errors_that_ran_off_are_shown_as_infinite():
    result = result_of(Reliance(SHUFFLED, "x", None, np.inf, np.inf))
    page = render("", [Content("columns", "Columns", columns(result))])
    assert "inf" in page


@pytest.mark.parametrize("result", [result_of(), node_result(final("lstm", 5.0))])
def test_a_run_that_did_not_measure_it_has_no_such_section(result):
    assert columns(result) == []


def test_a_terminal_shows_it_where_it_is_asked_for():
    result = result_of(*FOUND)
    assert "Shuffled over time" in text_of(result, place="why")
    assert "Shuffled over time" not in text_of(result, place="show")


def test_a_sensor_that_is_unplugged_has_the_error_with_it_frozen():
    result = result_of(*FOUND, Reliance(FROZEN, "x", None, 0.5, 2.0))
    (table,) = [one for one in columns(result) if isinstance(one, TableBlock) and
                one.title.startswith("Unplugged")]  # fmt: skip
    assert table.rows == [["x", "0.5000", "100", "+200 %", "0.7500"]]


def test_edges_are_named_by_column_lag_node_and_weight():
    (table,) = edges(result_of(*FOUND))
    assert isinstance(table, TableBlock)
    assert table.title.startswith("The 4 edges that read columns")
    assert table.rows[0] == ["x", "0", "hidden 2, simple", "1.000", "100"]
    assert [row[1] for row in table.rows] == ["0", "0", "7", "7"]
    assert edges(result_of()) == []


def test_partial_responses_are_small_plots_one_a_column():
    points = [Response(column, "y", value, 2 * value) for column in "xy" for value in (1.0, 2.0)]
    result = result_of(*FOUND)
    kept = {**result.keepsake, RESPONSES: responses_csv(points).encode()}
    about, picture = partial_responses(replace(result, keepsake=kept))
    assert isinstance(about, Paragraph)
    assert isinstance(picture, Picture)
    assert picture.svg.count("<polyline") == 2
    assert picture.narrow.count("<polyline") == 2
    assert partial_responses(result) == []
