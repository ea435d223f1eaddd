"""The ancestors of any candidate, as the journal tells them."""

from dataclasses import replace

import pytest

from cellcolony.errors import RunError
from cellcolony.report.ancestors import ancestors_report, made
from cellcolony.runs.history import Judged
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.search.taps import Taps
from tests.report.rendered import rendered
from tests.runs.conftest import frame, task
from tests.runs.settings import forecast

__all__ = ["frame", "task"]
TAPS = Taps(cells=("gru",), most_width=4, most_layers=1)


@pytest.fixture(scope="module")
def result(task, tmp_path_factory):
    """A search whose networks descend from others."""
    out = tmp_path_factory.mktemp("ancestors") / "run"
    return forecast(task, (ScoresStage(),), TAPS, order="arrival").run(
        "24 networks", out=out, workers=1
    )


def test_every_ancestor_has_a_line_with_its_parents_loss_and_making(result):
    number = max(one.number for one in result.history.candidates if one.parents)
    family = result.history.ancestors(number)
    numbers = {one.number for one in family}
    assert all(set(one.parents) <= numbers for one in family)
    said = rendered(ancestors_report(result, number))
    assert f"How network {number} came to be" in said
    assert f"{len(family) - 1} ancestor" in said
    for one in family:
        assert f"network {one.number} " in said


def test_without_a_number_it_is_the_best(result):
    assert f"How network {result.chosen.number} came to be" in rendered(ancestors_report(result))


def test_a_candidate_that_was_never_asked_is_refused(result):
    with pytest.raises(RunError, match="has no candidate 999"):
        ancestors_report(result, 999)
    with pytest.raises(RunError, match="wrote no journal"):
        ancestors_report(replace(result, path=None), 0)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"made": "elite", "epochs_before": 3, "rung": 1}, "made elite, rung 1"),
        ({"without": ["a", "b"], "rung": 3}, "without a, b, rung 3"),
        ({"trained_again": 7, "rung": 2}, "network 7, trained longer, rung 2"),
        ({"operations": ["insert", "insert"]}, "insert x 2"),
        ({"kind": "gru", "width": 12, "share": 0.123456}, "kind gru, width 12, share 0.123"),
        ({}, ""),
        ({"made": "\x1b[31mred"}, "made ?[31mred"),
    ],
)
def test_how_a_candidate_was_made_is_told_in_a_few_words(how, words):
    assert made(Judged(9, (7,), how, 0)) == words


def test_a_node_is_called_a_node():
    how = {"trained_again": 7}
    assert made(Judged(9, (7,), how, 0), "node") == "node 7, trained longer"
