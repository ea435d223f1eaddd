"""The file of what follows a search."""

import math

import pytest
from cellcolony.judges.final_task import FinalResult
from cellcolony.runs.nodes.stages import FinalKey, StageJournal, TunedKey, digest_of, read_stages

from cellcolony import cells
from cellcolony.contract import Evaluation
from cellcolony.errors import RunError
from cellcolony.layers.recipe import Recipe
from cellcolony.search.fixed import FixedCell

LSTM = digest_of(cells.get("lstm"))
KEY, OTHER = FinalKey("lstm", 3, LSTM), FinalKey("evolved node", 3, "0" * 16)
RESULT = FinalResult(1234, 4.5, 4.6, 12.5)
FAILED = FinalResult(1234, math.inf, math.inf, 1.5, "its loss was nan in epoch 1")


@pytest.fixture
def run(tmp_path):
    """A run in which a rival was judged, another failed, and two final trainings ended."""
    with StageJournal(tmp_path) as journal:
        journal.rival(0, "lstm", LSTM, Evaluation.succeeded(5.0, None, (6.0, 5.0), 2.0, 100))
        journal.rival(1, "gru", "1" * 16, Evaluation.failed("it diverged", 1.0, 10))
        journal.final(KEY, RESULT)
        journal.final(OTHER, FAILED)
    return tmp_path


def test_what_was_written_is_read(run):
    stages = read_stages(run)
    assert stages.finals == {KEY: RESULT, OTHER: FAILED}
    lstm, gru = stages.rivals["lstm", LSTM], stages.rivals["gru", "1" * 16]
    assert (lstm.loss, lstm.curve, lstm.weights, lstm.n_steps) == (5.0, (6.0, 5.0), None, 100)
    assert (gru.failure, gru.seconds) == ("it diverged", 1.0)


def test_a_run_without_the_file_has_done_nothing(tmp_path):
    stages = read_stages(tmp_path)
    assert (stages.rivals, stages.finals) == ({}, {})


def test_a_line_that_a_kill_cut_short_is_left_out_and_written_over(run):
    path = run / "finals.jsonl"
    whole = path.read_bytes()
    *before, last = whole.splitlines(keepends=True)
    for end in range(len(last)):
        path.write_bytes(b"".join(before) + last[:end])
        assert read_stages(run).finals == {KEY: RESULT}
    with StageJournal(run) as journal:
        journal.final(OTHER, FAILED)
    assert path.read_bytes() == whole


def test_a_broken_line_before_the_last_is_named(run):
    path = run / "finals.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{oops}\n", *lines[2:]]))
    with pytest.raises(RunError, match=r"finals\.jsonl, line 2 cannot be"):
        read_stages(run)


RECIPE = Recipe(learning_rate=0.5, clip=2.0)


def test_a_training_with_a_recipe_is_read_as_it_was_written(tmp_path):
    evaluation = Evaluation.succeeded(5.0, None, (5.0,), 2.0, 100)
    with StageJournal(tmp_path) as journal:
        journal.tuned(FixedCell("lstm", RECIPE, 7), evaluation)
    ((key, found),) = read_stages(tmp_path).tuned.items()
    assert key == TunedKey("lstm", digest_of(cells.get("lstm"), RECIPE), 7)
    assert found.loss == 5.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"number": 7', '"number": -7', "`number` must be a whole number from 0"),
        ('"loss": 5.0', '"loss": -5.0', "`loss` must be a number from 0"),
        ('"loss": 5.0', '"loss": "5"', "`loss` must be a number from 0"),
        ('"loss": 5.0, ', "", "`loss`"),
    ],
)
def test_a_training_with_a_recipe_that_cannot_be_is_named(tmp_path, old, new, message):
    with StageJournal(tmp_path) as journal:
        genome = FixedCell("lstm", RECIPE, 7)
        journal.tuned(genome, Evaluation.succeeded(5.0, None, (5.0,), 2.0, 100))
    path = tmp_path / "finals.jsonl"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(RunError, match=message):
        read_stages(tmp_path)


def test_the_digest_tells_recipes_apart():
    assert digest_of(cells.get("lstm"), Recipe()) == LSTM
    assert digest_of(cells.get("lstm"), RECIPE) != LSTM


def test_the_digest_of_a_cell_does_not_depend_on_its_name():
    from dataclasses import replace

    assert digest_of(replace(cells.get("lstm"), name="other")) == LSTM
    assert digest_of(cells.get("gru")) != LSTM
