"""Judging a cell by the language model that it fills."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.contract import Candidate
from cellcolony.errors import DataError, RunError
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule
from tests.runs.settings import text_in

pytest.importorskip("torch")

from cellcolony.judges.training import texts as text_training
from cellcolony.layers.train import ModelTraining

MODEL = ModelSettings(hidden=5, layers=1, dropout=0.2)
SCHEDULE = Schedule(epochs=2, batch=4, steps=10)
LSTM = cells.get("lstm")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return text_in(tmp_path_factory.mktemp("text"))


def training(task, stopped=0, **schedule):
    flag = np.array([stopped], np.uint8)
    return text_training.TextTraining(words(task), MODEL, replace(SCHEDULE, **schedule), flag)


def words(task):
    return text_training.Words(task.train, task.valid, len(task.vocabulary))


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


@pytest.mark.parametrize("random_steps", [False, True])
def test_the_cap_of_updates_counts_all_epochs(task, random_steps, monkeypatch):
    n_updates, real = 0, ModelTraining._update

    def counting(*given):
        nonlocal n_updates
        n_updates += 1
        return real(*given)

    monkeypatch.setattr(ModelTraining, "_update", counting)
    judging = training(task, random_steps=random_steps)
    assert judging.judge(LSTM, 1, Caps()).failure is None
    needed = n_updates
    if not random_steps:
        assert needed == 2 * math.ceil((len(task.train) // 4 - 1) / 10)
    assert judging.judge(LSTM, 1, Caps(steps=needed)).failure is None
    found = judging.judge(LSTM, 1, Caps(steps=needed - 1))
    assert found.failure == f"it needs more than {needed - 1} updates, its cap"


def test_the_cap_of_seconds_ends_a_training(task):
    found = training(task, epochs=100_000).judge(LSTM, 1, Caps(seconds=0.1))
    assert found.failure == "it took more than 0.1 s, its cap"


def test_a_stopped_run_ends_trainings(task):
    assert "stopped" in training(task, stopped=1).judge(LSTM, 1, Caps()).failure


AVERAGED = {"nonmonotone": 1, "random_steps": True, "learning_rate": 5.0}


@pytest.mark.parametrize("how", [{}, {"optimizer": "adam"}, AVERAGED])
def test_a_promoted_node_is_the_one_that_was_trained_for_as_long_at_once(task, how):
    flag = np.zeros(1, np.uint8)
    schedule = replace(SCHEDULE, epochs=1, **how)
    settings = LanguageTraining(MODEL, schedule)
    begin = text_training.begin_judging(task, settings, 3, Caps(), (), keep_memory=True)
    judge = begin(flag)

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
    begin = text_training.begin_judging(hidden, LanguageTraining(MODEL, SCHEDULE), 1, Caps(), ())
    assert begin(np.zeros(1, np.uint8))(Candidate(0, FixedCell("lstm"))).failure is None


def test_a_text_that_is_too_short_is_refused_at_once(task):
    with pytest.raises(DataError, match="Give a longer text"):
        training(task, batch=1000)


def test_a_fixed_cell_is_judged_by_its_recipe_and_with_its_own_seed(task):
    flag = np.zeros(1, np.uint8)
    begin = text_training.begin_judging(task, LanguageTraining(MODEL, SCHEDULE), 3, Caps(), ())
    judge = pickle.loads(pickle.dumps(begin))(flag)  # as another process has it

    def loss(recipe, trial):
        return judge(Candidate(0, FixedCell("lstm", recipe, trial))).loss

    recipe = Recipe(learning_rate=0.5, clip=0.1, bound=2.0)
    schedule = replace(SCHEDULE, learning_rate=0.5, clip=1.0)
    model = replace(MODEL, bound=2 / math.sqrt(5))
    by_hand = text_training.TextTraining(words(task), model, schedule, flag)
    assert loss(recipe, 4) == by_hand.judge(LSTM, FixedCell("lstm", trial=4).seed(3), Caps()).loss
    assert loss(Recipe(), 0) == training(task).judge(LSTM, 3, Caps()).loss != loss(Recipe(), 1)
