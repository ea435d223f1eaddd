"""Final trainings: one at a time, on a worker."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.errors import RunError
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.layer import layer_of
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.trained import LongTraining, read_trained
from cellcolony.runs.stages.finals import FinalModel, FinalsStage, FinalTask, begin_finals
from tests.runs.settings import text_in

pytest.importorskip("torch")

from cellcolony.judges.training.texts import TextTraining, Words
from cellcolony.layers.train import ModelTraining

MODEL = ModelSettings(hidden=5, layers=1, dropout=0.2)
SCHEDULE = Schedule(epochs=2, batch=4, steps=10)
LSTM = cells.get("lstm")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return text_in(tmp_path_factory.mktemp("text"))


def what(task, cell=LSTM, **schedule) -> LongTraining:
    architecture = MODEL.of(cell, len(task.vocabulary))
    return LongTraining(architecture, replace(SCHEDULE, **schedule), seed=1)


def train(task, what, folder=None, stop=0) -> Any:
    begin = partial(begin_finals, task.train, task.valid, "cpu", 1)
    work = pickle.loads(pickle.dumps(begin))(
        np.array([stop], np.uint8)
    )  # as another process has it
    return work(FinalTask(what, folder))


def test_a_final_training_is_that_of_a_candidate_where_the_settings_are_the_same(task):
    words = Words(task.train, task.valid, len(task.vocabulary))
    judged = TextTraining(words, MODEL, SCHEDULE, np.zeros(1, np.uint8)).judge(LSTM, 1, Caps())
    found = train(task, what(task))
    assert found.best.valid_loss == judged.loss
    assert found.n_weights == what(task).architecture.n_weights
    assert found.failure is None


def test_a_candidate_that_is_promoted_has_the_cosine_of_its_whole_training(task):
    words = Words(task.train, task.valid, len(task.vocabulary))
    schedule = replace(SCHEDULE, shape="cosine", scored=0.5)
    judge = TextTraining(words, MODEL, schedule, np.zeros(1, np.uint8)).judge
    whole = judge(LSTM, 1, Caps(), effort=3)
    first = judge(LSTM, 1, Caps(), keep_memory=True, schedule_effort=3)
    rest = judge(LSTM, 1, Caps(), effort=3, memory=first.memory)
    assert rest.loss == whole.loss
    assert first.curve[0] == whole.curve[0]
    assert first.loss == first.curve[-1] != whole.curve[1]  # scored on the whole text, not on half
    assert judge(LSTM, 1, Caps()).loss != first.loss  # whose rate falls to 0 at its own end


def test_weights_are_in_the_folder_alone_where_there_is_one(task, tmp_path):
    assert train(task, what(task), tmp_path / "lstm").weights is None
    kept = read_trained(tmp_path / "lstm").weights
    assert kept is not None
    for name, weights in train(task, what(task)).weights.items():
        np.testing.assert_array_equal(kept[name], weights)


def test_a_stopped_study_ends_a_final_training(task):
    found = train(task, what(task), stop=1)
    assert found.stopped
    assert found.best is None


def test_a_final_training_goes_on_from_the_epochs_in_its_folder(task, tmp_path, monkeypatch):
    whole = train(task, what(task, epochs=3))
    train(task, what(task, epochs=2), tmp_path / "lstm")
    numbers, real = [], ModelTraining.epoch
    monkeypatch.setattr(ModelTraining, "epoch", lambda self, number: numbers.append(number) or real(
        self, number))  # fmt: skip
    found = train(task, what(task, epochs=3), tmp_path / "lstm")
    assert numbers == [2]
    assert found.best.valid_loss == whole.best.valid_loss


def test_a_folder_with_another_training_is_refused_and_left_alone(task, tmp_path):
    train(task, what(task, cells.get("gru")), tmp_path / "lstm")
    before = {path.name: path.read_bytes() for path in (tmp_path / "lstm").iterdir()}
    assert isinstance(train(task, what(task), tmp_path / "lstm"), RunError)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "lstm").iterdir()}


def test_a_damaged_folder_is_not_written_over(task, tmp_path):
    train(task, what(task), tmp_path / "lstm")
    (tmp_path / "lstm" / "checkpoint.json").write_text("{")
    error = train(task, what(task), tmp_path / "lstm")
    assert "checkpoint.json: the checkpoint cannot be read" in str(error)
    assert (tmp_path / "lstm" / "checkpoint.json").read_text() == "{"


def test_a_final_training_that_diverges_has_failed(task):
    found = train(task, what(task, learning_rate=1e30, clip=1e30))
    assert "loss was" in found.failure
    assert found.best is None


def test_a_final_training_follows_its_recipe(task):
    session: Any = SimpleNamespace(
        config=SimpleNamespace(facts=SimpleNamespace(n_vocabulary=len(task.vocabulary))),
        hands=SimpleNamespace(executor="threads"),
        path=None,
    )
    stage = FinalsStage(training=LanguageTraining(MODEL, SCHEDULE))
    plain = FinalModel("lstm", "rival", layer_of(LSTM, 5))
    tuned = replace(plain, recipe=Recipe(learning_rate=0.1, bound=2.0))
    items = [stage.item(session, model, 1) for model in (plain, tuned)]
    assert len({item.key for item in items}) == 2
    by_hand = what(task, learning_rate=0.1 * SCHEDULE.first_rate)
    architecture = replace(by_hand.architecture, bound=2 / math.sqrt(5))
    by_hand = replace(by_hand, architecture=architecture)
    assert items[0].payload.what == what(task)
    assert items[1].payload.what == by_hand
    losses = {train(task, item.payload.what).best.valid_loss for item in items}
    assert len(losses) == 2
