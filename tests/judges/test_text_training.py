"""Judging a cell by the language model that it fills."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from cellcolony.judges.final_task import FinalTask

from cellcolony import cells
from cellcolony.contract import Candidate
from cellcolony.errors import DataError, RunError
from cellcolony.judges.caps import Caps
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule
from cellcolony.search.fixed import FixedCell
from tests.runs.language.trainings import task_in

pytest.importorskip("torch")

from cellcolony.judges import text_training
from cellcolony.layers import long_training
from cellcolony.layers.train import Training

MODEL = ModelSettings(hidden=5, layers=1, dropout=0.2)
SCHEDULE = Schedule(epochs=2, batch=4, steps=10)
LSTM = cells.get("lstm")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return task_in(tmp_path_factory.mktemp("text"))


def training(task, stopped=0, **schedule):
    flag = np.array([stopped], np.uint8)
    return text_training.TextTraining(task, MODEL, replace(SCHEDULE, **schedule), flag)


@pytest.fixture
def final_task(tmp_path):
    return FinalTask("lstm", LSTM, 1, tmp_path / "finals" / "lstm-seed-1")


def test_the_same_seed_is_the_same_loss_and_another_another(task):
    found = [training(task).judge(LSTM, seed, Caps()) for seed in (1, 1, 2)]
    assert found[0].curve == found[1].curve != found[2].curve
    assert found[0].loss == min(found[0].curve)
    assert len(found[0].curve) == 2
    assert found[0].failure is None


def test_a_training_that_diverges_has_failed(task):
    found = training(task, learning_rate=1e30, clip=1e30).judge(LSTM, 1, Caps())
    assert "loss was" in found.failure
    assert found.loss == math.inf


def test_the_cap_of_updates_counts_all_epochs(task):
    n_windows = math.ceil((len(task.train) // 4 - 1) / 10)
    enough = training(task).judge(LSTM, 1, Caps(steps=2 * n_windows))
    assert enough.failure is None
    found = training(task).judge(LSTM, 1, Caps(steps=2 * n_windows - 1))
    assert found.failure == f"it needs more than {2 * n_windows - 1} updates, its cap"


def test_the_cap_of_seconds_ends_a_training(task):
    found = training(task, epochs=100_000).judge(LSTM, 1, Caps(seconds=0.1))
    assert found.failure == "it took more than 0.1 s, its cap"


def test_a_stopped_run_ends_trainings(task, final_task):
    assert "stopped" in training(task, stopped=1).judge(LSTM, 1, Caps()).failure
    assert "stopped" in training(task, stopped=1).final(final_task).failure


def test_a_final_training_touches_the_test_text_once_with_the_best_epoch(
    task, final_task, monkeypatch
):
    scored = []
    real = long_training.score
    monkeypatch.setattr(long_training, "score", lambda model, text: scored.append(text) or real(
        model, text))  # fmt: skip
    found = training(task).final(final_task)
    assert [text is task.test for text in scored] == [True]
    assert found.valid_loss == training(task).judge(LSTM, 1, Caps()).loss
    assert found.n_weights == training(task).architecture(LSTM).n_weights
    assert math.isfinite(found.test_loss)
    assert found.failure is None


def test_a_final_training_goes_on_from_the_epochs_in_its_folder(task, final_task, monkeypatch):
    whole = training(task, epochs=3).final(replace(final_task, path=final_task.path / "whole"))
    training(task, epochs=2).final(final_task)
    numbers, real = [], Training.epoch
    monkeypatch.setattr(Training, "epoch", lambda self, number: numbers.append(number) or real(
        self, number))  # fmt: skip
    found = training(task, epochs=3).final(final_task)
    assert numbers == [2]
    assert (found.valid_loss, found.test_loss) == (whole.valid_loss, whole.test_loss)


def test_a_folder_with_the_training_of_another_node_is_replaced(task, final_task):
    training(task).final(replace(final_task, cell=cells.get("gru")))
    (final_task.path / "left").touch()
    found = training(task).final(final_task)
    assert found.n_weights == training(task).architecture(LSTM).n_weights
    assert not (final_task.path / "left").exists()


def test_a_damaged_folder_is_not_written_over(task, final_task):
    training(task).final(final_task)
    (final_task.path / "checkpoint.json").write_text("{")
    with pytest.raises(RunError, match=r"checkpoint\.json: the checkpoint cannot be read"):
        training(task).final(final_task)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_promoted_node_is_the_one_that_was_trained_for_as_long_at_once(task, optimizer):
    flag = np.zeros(1, np.uint8)
    schedule = replace(SCHEDULE, epochs=1, optimizer=optimizer)
    judge = text_training.begin_judging(task, MODEL, schedule, 3, Caps(), flag, keep_memory=True)

    def judged(effort, memory=None):
        return judge(Candidate(0, FixedCell("lstm"), (), {}, effort, memory))

    whole, first = judged(3), judged(1)
    second = judged(2, first.memory)
    third = judged(3, second.memory)
    assert (third.loss, third.curve) == (whole.loss, whole.curve)
    assert third.memory.keys() == whole.memory.keys()
    for name, array in whole.memory.items():
        np.testing.assert_array_equal(third.memory[name], array, strict=True)
    assert first.n_steps + second.n_steps + third.n_steps == whole.n_steps
    assert [len(one.curve) for one in (first, second, third)] == [1, 2, 3]


def test_a_memory_is_kept_only_where_it_is_asked_for_and_the_training_ended(task):
    assert training(task).judge(LSTM, 1, Caps()).memory is None
    stopped = training(task, stopped=1)
    memory = training(task).judge(LSTM, 1, Caps(), keep_memory=True).memory
    left = stopped.judge(LSTM, 1, Caps(), effort=2, memory=memory, keep_memory=True)
    assert left.memory is None
    assert left.curve == tuple(memory["curve"])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("curve", None, "`curve` in a training's memory"),
        ("curve", np.array([np.nan]), "`curve` in a training's memory"),
        ("curve", np.zeros(3), "A training of 2 epochs cannot go on after 3"),
        ("weights.bias", None, "the weights must have the names"),
        ("weights.bias", np.zeros(3), "'bias' must be float32"),
        ("optimizer.0.exp_avg", None, "what the optimizer remembers must have the names"),
        ("optimizer.0.exp_avg", np.zeros(1, np.float32), "'optimizer.0.exp_avg' must be float32"),
        ("optimizer.x", np.zeros(1, np.float32), "what the optimizer remembers"),
    ],
)
def test_a_memory_that_does_not_fit_is_refused(task, name, value, message):
    adam = training(task, optimizer="adam", epochs=1)
    memory = dict(adam.judge(LSTM, 1, Caps(), keep_memory=True).memory)
    memory.pop(name, None)
    if value is not None:
        memory[name] = value
    with pytest.raises(RunError, match=message):
        adam.judge(LSTM, 1, Caps(), effort=2, memory=memory)


def test_a_judgement_never_touches_the_test_text(task):
    hidden = replace(task, test=None)
    assert training(hidden).judge(LSTM, 1, Caps()).failure is None


def test_a_final_training_that_diverges_has_failed(task, final_task):
    found = training(task, learning_rate=1e30, clip=1e30).final(final_task)
    assert "loss was" in found.failure
    assert found.test_loss == math.inf


def test_a_text_that_is_too_short_is_refused_at_once(task):
    with pytest.raises(DataError, match="Give a longer text"):
        training(task, batch=1000)


def test_a_fixed_cell_is_judged_by_its_recipe_and_with_its_luck(task):
    flag = np.zeros(1, np.uint8)
    judge = text_training.begin_judging(task, MODEL, SCHEDULE, 3, Caps(), flag)

    def loss(recipe, luck):
        return judge(Candidate(0, FixedCell("lstm", recipe, luck))).loss

    recipe = Recipe(learning_rate=0.5, clip=0.1, bound=2.0)
    schedule = replace(SCHEDULE, learning_rate=0.5, clip=1.0)
    model = replace(MODEL, bound=2 / math.sqrt(5))
    by_hand = text_training.TextTraining(task, model, schedule, flag)
    assert loss(recipe, 4) == by_hand.judge(LSTM, FixedCell("lstm", luck=4).seed(3), Caps()).loss
    assert loss(Recipe(), 0) == training(task).judge(LSTM, 3, Caps()).loss != loss(Recipe(), 1)


def test_a_final_training_follows_its_recipe(task, final_task):
    flag = np.zeros(1, np.uint8)
    final = text_training.begin_final_training(task, MODEL, SCHEDULE, flag)
    slower = training(task, learning_rate=0.1).final(final_task)
    recipe = Recipe(learning_rate=0.1)
    found = final(replace(final_task, recipe=recipe))
    assert found.valid_loss == slower.valid_loss
    assert final(final_task).valid_loss != slower.valid_loss
