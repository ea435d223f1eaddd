"""The learning curves of final trainings."""

import math
import shutil
from dataclasses import replace

import pytest

from cellcolony.layers.curve import curve_csv
from cellcolony.layers.epoch import Epoch
from cellcolony.report.blocks import Content, Paragraph, Picture, TableBlock
from cellcolony.report.page import render
from cellcolony.report.sections.curves import MOST_EPOCHS, curve_table, curves, curves_of
from cellcolony.runs.open import open_run
from tests.runs.fakes import faked
from tests.runs.settings import model, nodes, text_in


def epochs(*losses, failure=None):
    return tuple(
        Epoch(i, 0.5**i, loss + 0.1, loss, 2.0, 1000, None if math.isfinite(loss) else failure)
        for i, loss in enumerate(losses)
    )


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A search for nodes with final trainings whose curves are written here."""
    folder = tmp_path_factory.mktemp("curves")
    with faked():
        nodes(text_in(folder)).run(out=folder / "run", executor="threads")
    for place in (folder / "run" / "finals").iterdir():
        (place / "curve.csv").write_text(curve_csv(epochs(5.0, 4.0, 4.5)))
    return folder / "run"


def test_every_final_training_has_a_curve_and_our_own_come_first(ended):
    found = curves_of(open_run(ended))
    assert [curve.is_ours for curve in found] == [True] * 2 + [False] * 8
    assert [curve.title for curve in found[:2]] == ["evolved node, seed 1", "evolved node, seed 2"]
    assert found[0].points == [(1, math.exp(5.0)), (2, math.exp(4.0)), (3, math.exp(4.5))]


def test_several_trainings_have_a_chart_and_a_line_each(ended):
    chart, table = curves(open_run(ended))
    assert isinstance(chart, Picture)
    page = render("", [Content("curves", "Learning curves", [chart])])
    assert page.count('<polyline class="best"') == 2 * 2  # a wide chart and a narrow one
    assert page.count('<polyline class="other"') == 2 * 8
    assert isinstance(table, TableBlock)
    assert len(table.rows) == 10
    assert table.rows[0] == ["evolved node, seed 1", "3", "148.4", "54.60", "2", "6.0 s"]


def test_a_folder_that_was_removed_or_has_no_curve_is_left_out(ended, tmp_path):
    run = shutil.copytree(ended, tmp_path / "run")
    shutil.rmtree(run / "finals" / "lstm-seed-1")
    (run / "finals" / "gru-seed-1" / "curve.csv").unlink()
    titles = [curve.title for curve in curves_of(open_run(run))]
    assert len(titles) == 8
    assert "lstm, seed 2" in titles


def test_a_study_without_final_trainings_has_no_curves(ended, tmp_path):
    run = shutil.copytree(ended, tmp_path / "run")
    shutil.rmtree(run / "finals")
    assert curves(open_run(run)) == []


def test_a_training_that_has_not_ended_shows_its_epochs(tmp_path):
    with faked():
        model(text_in(tmp_path)).run(out=tmp_path / "run", executor="threads")
    result = open_run(tmp_path / "run")
    (place,) = (tmp_path / "run" / "finals").iterdir()
    (place / "curve.csv").write_text(curve_csv(epochs(5.0, 4.0)))
    chart, table = curves(replace(result, scores=(), outcome=None))
    assert isinstance(chart, Picture)
    assert isinstance(table, TableBlock)
    assert [row[3] for row in table.rows] == ["148.4", "54.60"]
    assert table.marked == 1


@pytest.mark.parametrize(
    ("best", "place"), [(0, 0), (3, 3), (5, 5), (8, 6), (25, 7 + 25 - 24), (29, 12)]
)
def test_a_long_curve_shows_its_first_and_its_last_and_marks_the_best(best, place):
    losses = [5.0 if i != best else 4.0 for i in range(30)]
    (table,) = curve_table(epochs(*losses))
    assert isinstance(table, TableBlock)
    assert len(table.rows) == MOST_EPOCHS + 1
    assert table.rows[MOST_EPOCHS // 2][0] == "... 18 more"
    assert table.marked == place
    if best < 6 or best >= 24:
        assert table.rows[place][0] == str(best + 1)


def test_a_failure_is_told_with_its_epoch():
    table, failed = curve_table(epochs(5.0, math.inf, failure="its loss was nan"))
    assert isinstance(table, TableBlock)
    assert isinstance(failed, Paragraph)
    assert len(table.rows) == 1
    assert failed.text == "Epoch 2 failed: its loss was nan."
    (failed,) = curve_table(epochs(math.inf, failure="its loss was nan"))
    assert isinstance(failed, Paragraph)
