"""Settings, course and next steps of a study of any kind."""

from dataclasses import replace
from pathlib import Path

import pytest

from cellcolony.report.blocks import Facts, Folded
from cellcolony.report.sections.run import run
from cellcolony.report.sections.settings import settings
from tests.report.results import final, forecast_result, model_result, node_result


def shown(result):
    """Return every label and text of the settings, by what folds them away."""
    found = {}
    for block in settings(result):
        for inner in block.blocks if isinstance(block, Folded) else [block]:
            if isinstance(inner, Facts):
                found[block.summary if isinstance(block, Folded) else ""] = dict(inner.pairs)
    return found


def test_every_part_of_a_study_shows_its_settings():
    found = shown(forecast_result(0.3, 0.4))
    assert found[""]["method"] == "ants"
    assert found[""]["data"] == "c0ffee"
    assert found[""]["rivals took"] == "1.5 s"
    ants = found["Settings of the method"]
    assert ants["jumping"] == "yes"
    assert ants["species"] == "explorer, forward_recurrent, backward_recurrent"
    assert found["Settings of the training"]["loss"] == "mae"
    assert found["Settings of the stage search"]["window"] == "64"


def test_settings_within_others_have_both_names():
    found = shown(node_result(final("evolved node", 90.0)))
    assert found["Settings of the training"]["model hidden"] == "200"
    assert found["Settings of the stage finals"]["training schedule epochs"].isdigit()


def lines_of(result):
    return [block.text for block in run(result)]


@pytest.mark.parametrize(
    ("result", "command"),
    [
        (forecast_result(0.3, 0.4), "cellcolony predict runs/one NEW.csv"),
        (node_result(final("evolved node", 90.0)), "cellcolony train-lm --cell runs/one"),
        (model_result(final("own", 90.0)), "cellcolony generate runs/one"),
    ],
)
def test_what_is_next_fits_the_kind_of_study(result, command):
    placed = replace(result, path=Path("runs/one"))
    assert any(command in line for line in lines_of(placed))
    lines = lines_of(replace(placed, outcome=None))
    assert lines[-1] == "Next: cellcolony resume runs/one"
    assert not any(command in line for line in lines)
    assert not any("Next" in line for line in lines_of(replace(result, path=None)))


def test_a_study_of_one_model_says_nothing_of_a_search():
    lines = lines_of(model_result(final("own", 90.0)))
    assert lines
    assert not any("candidate" in line or "search ended" in line for line in lines)
