"""Reading learning curves from runs and from files, whoever made them."""

import csv
import json
import math
import os

import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.meta.curve import whole
from cellcolony.runs.curve_lines import curves_csv
from cellcolony.runs.curves import FAILED, CurveSet, read_curves
from cellcolony.settings import plain
from tests.judges.meta.curves import TASK, TRAINING, curves
from tests.runs import settings
from tests.runs.settings import CANDIDATE


def line_of(curve, **other):
    training = plain(TRAINING)
    training["schedule"]["epochs"] = 1
    line = {
        **curve.tree.to_dict(), "search": curve.search, "candidate": curve.candidate,
        "task": TASK, "words": curve.n_words, "training": training, "effort": 40, "rate": 0.5,
        "seed": 3, "marks": list(curve.marks),
        "final": curve.final if math.isfinite(curve.final) else None,
        "failure": None if math.isfinite(curve.final) else "its loss was nan in epoch 21",
    }  # fmt: skip
    return line | other


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def made():
    return curves(14)


@pytest.fixture(scope="module")
def run(tmp_path_factory, text):
    """A search for nodes with its control, trainings of 2 epochs; never change it."""
    from tests.runs.fakes import faked

    with faked():
        path = tmp_path_factory.mktemp("curves") / "run"
        settings.nodes(text, settings.OF_NODES[:2]).run(out=path, executor="threads")
        return path


def test_a_line_is_a_curve_with_its_node_its_recipe_and_its_marks(tmp_path, made):
    path = write(tmp_path / "curves.jsonl", [line_of(made[0])])
    (found,) = read_curves([path]).curves
    assert (found.tree, found.value) == (made[0].tree, made[0].value)
    assert (found.marks, found.final) == (made[0].marks, made[0].final)
    assert (found.rate, found.seed, found.search, found.n_marks) == (0.5, 3, "run/0", 40)
    assert found.training.schedule.epochs == 40


def test_a_training_that_failed_late_has_no_final_loss_and_one_that_failed_early_is_left_out(
    tmp_path, made
):
    late, early = line_of(made[11]), line_of(made[11], marks=list(made[11].marks[:9]))
    found = read_curves([write(tmp_path / "curves.jsonl", [line_of(made[0]), late, early])])
    assert [one.final for one in found.curves][1:] == [math.inf]
    assert found.left_out == {FAILED: 1}


def test_a_last_line_that_a_kill_cut_short_is_left_out(tmp_path, made):
    path = write(tmp_path / "curves.jsonl", map(line_of, made))
    path.write_bytes(path.read_bytes()[:-40])
    assert len(read_curves([path]).curves) == len(made) - 1


def all_of(run):
    """Read curves of two marks, of which one is known: too few for a predictor."""
    found = CurveSet(1, 2)
    found.read(run)
    return found


def test_every_candidate_of_a_run_and_of_its_control_is_a_curve(run):
    found = all_of(run)
    assert {one.search for one in found.curves} == {"run", "run/control"}
    assert len(found.curves) + found.left_out[FAILED] == 2 * settings.NODES.n_candidates
    one = found.curves[0]
    assert one.training == whole(CANDIDATE, 2)
    assert one.n_marks == 2 == len(one.marks)
    assert one.marks[-1] == one.final


def test_curves_of_another_length_are_too_short_and_the_message_says_what_there_is(run):
    with pytest.raises(RunError, match=r"no training has 40 marks \(.* of 2 marks.*--marks"):
        read_curves([run])


@pytest.mark.parametrize(("first", "marks"), [(1, 40), (40, 40), (10, 10**9)])
def test_numbers_of_marks_that_cannot_be_are_refused(run, first, marks):
    with pytest.raises(ConfigError, match="`first` must be at least 2"):
        read_curves([run], first, marks)


def test_a_run_that_searches_for_forecasts_is_refused(tmp_path, task):
    path = tmp_path / "forecast"
    settings.forecast(task, stages=()).run("2networks", out=path, executor="threads")
    with pytest.raises(RunError, match="is no search for nodes: its method is 'ants'"):
        read_curves([path])


def test_trainings_of_another_kind_are_refused_with_what_differs(tmp_path, made):
    other = plain(TRAINING)
    other["model"]["dropout"] = 0.5
    other["schedule"]["epochs"] = 1
    path = write(tmp_path / "a.jsonl", [line_of(made[0]), line_of(made[1], training=other)])
    with pytest.raises(RunError, match=r"line 2 holds other trainings than .*model.dropout"):
        read_curves([path])
    path = write(tmp_path / "b.jsonl", [line_of(made[0]), line_of(made[1], task="e" * 64)])
    with pytest.raises(RunError, match=r"line 2 holds other trainings than .*line 1: .*task"):
        read_curves([path])


def test_other_marks_an_epoch_are_other_trainings(tmp_path, made):
    other = plain(TRAINING)
    other["schedule"] |= {"epochs": 1, "parts": 5}
    path = write(tmp_path / "a.jsonl", [line_of(made[0]), line_of(made[1], training=other)])
    with pytest.raises(RunError, match=r"schedule.parts"):
        read_curves([path])


@pytest.mark.parametrize(
    "other",
    [
        {"marks": [1.0] * 39}, {"marks": [1.0] * 41}, {"marks": ["1"] * 40}, {"marks": 3},
        {"marks": [math.nan] * 40}, {"marks": [math.inf] * 40}, {"marks": [-1.0] * 40},
        {"final": math.nan}, {"final": None}, {"tree": "tanh("}, {"tree": None}, {"rate": 0},
        {"effort": 0}, {"words": 1}, {"training": {}}, {"training": {"schedule": {"epochs": 0}}},
        {"candidate": -1}, {"search": None}, {"seed": 1.5},
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_told_by_file_and_line(tmp_path, made, other):
    path = write(tmp_path / "curves.jsonl", [line_of(made[0]), line_of(made[1], **other)])
    with pytest.raises(RunError, match=r"curves\.jsonl, line 2"):
        read_curves([path])


@pytest.mark.parametrize("text", [b"[]\n", b"3\n", b"{\n", b"\xff\n", b"[" * 10**5 + b"\n"])
def test_a_line_that_is_no_curve_is_refused(tmp_path, text):
    (tmp_path / "curves.jsonl").write_bytes(text)
    with pytest.raises(RunError, match=r"curves\.jsonl, line 1"):
        read_curves([tmp_path / "curves.jsonl"])


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nothing", tmp_path / "pipe", tmp_path):
        with pytest.raises(RunError, match=r"cannot be read|no run directory"):
            read_curves([path])


def test_the_table_has_a_line_for_each_curve(made):
    rows = list(csv.DictReader(curves_csv(made, ["train"] * 13 + ["test"]).splitlines()))
    assert [row["split"] for row in rows] == ["train"] * 13 + ["test"]
    assert [float(rows[0][f"mark_{i + 1}"]) for i in range(40)] == list(made[0].marks)
    assert rows[11]["final"] == rows[11]["mark_21"] == ""
    assert float(rows[0]["cap"]) == math.log(1000)
    assert rows[0]["node"] == made[0].tree.text
