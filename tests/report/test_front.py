"""Accuracy against size: who is drawn where."""

from dataclasses import replace

from cellcolony.report.blocks import Content
from cellcolony.report.page import render
from cellcolony.report.sections.front import front, front_chart, front_table, sized_models
from tests.report.results import (
    final,
    forecast_result,
    model_result,
    node_result,
    score,
    with_scores,
    with_targets,
)


def page_of(result):
    return render("", [Content("front", "Front", front(result))])


def test_networks_and_rivals_are_drawn_by_their_weights_and_plain_rivals_as_lines():
    result = with_scores(forecast_result(0.3, 0.4), score("mean", "test", 0.35, n_weights=0))
    found = {one.model: one[1:4] for one in sized_models(result, "test")}
    assert found == {
        "network 4": (4, 2, 0.01),
        "network 9": (9, 2, 0.3),
        "persistence": (None, 7, 0.9),
        "ridge-1": (None, 7, 0.4),
        "mean": (None, 0, 0.35),
    }
    page = page_of(result)
    assert page.count('<line class="level"') == 2
    assert page.count('<circle class="chosen"') == page.count('<circle class="member"') == 2
    assert page.count('<circle class="rival"') == 4


def test_nodes_are_drawn_by_their_elements_as_the_search_trains_them():
    result = node_result(final("evolved node", 90.0), final("lstm", 80.0))
    found = {
        (one.candidate, one.size, round(one.error, 6)) for one in sized_models(result, "valid")
    }
    assert found == {(7, result.best.n_elements, 150.0), (None, 0, 150.0)}
    page = page_of(result)
    assert "elements" in page
    assert "validation perplexity" in page
    assert page.count('<line class="level"') == 2


def test_a_study_that_has_not_ended_is_drawn_on_validation():
    result = forecast_result(0.3, 0.4)
    assert "test MAE</text>" in page_of(result)
    assert "validation MAE</text>" in page_of(replace(result, outcome=None))


def test_the_table_has_the_means_over_the_targets_and_marks_the_chosen_one():
    one = forecast_result(0.3, 0.4)
    other = tuple(replace(s, target="z", value=1.0) for s in one.scores)
    table = front_table(with_targets(with_scores(one, *other), "y", "z"))
    assert [row[:4] for row in table.rows] == [
        ["network 4", "2", "0.7500", "0.5050"],
        ["network 9", "2", "0.6250", "0.6500"],
    ]
    assert table.marked == 1
    assert "means over the targets" in table.title


def test_one_model_has_no_front():
    assert front(model_result(final("own", 90.0))) == []


def test_errors_that_no_axis_can_show_are_left_out():
    result = forecast_result(float("inf"), float("nan"))
    (chart,) = front_chart(result)
    assert "network 9" not in chart.svg
    assert "ridge-1" not in chart.svg
