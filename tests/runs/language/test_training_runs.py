"""Runs of language models: what they write, and that going on is exact."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from cellcolony.runs.language import directory
from cellcolony.runs.language.config import LanguageConfig
from cellcolony.runs.language.directory import read_model
from cellcolony.runs.language.stored import open_language_run

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.layers.architecture import ModelSettings
from tests.runs.language.trainings import MODEL, Leaving, curve, task_in, trained

torch = pytest.importorskip("torch")

from cellcolony.runs.language import session  # noqa: E402
from cellcolony.runs.language.session import place, resume_language_model  # noqa: E402

from cellcolony.layers.epoch import Epoch  # noqa: E402
from cellcolony.layers.train import Training  # noqa: E402


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return task_in(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="module")
def whole(task, tmp_path_factory):
    """Three epochs at once, by the optimizer."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: trained(task, folder / name, optimizer=name) for name in ("sgd", "adam")}


def same(one, other):
    assert curve(one) == curve(other)
    assert one.scores == other.scores
    assert one.weights.keys() == other.weights.keys()
    for name, weights in one.weights.items():
        np.testing.assert_array_equal(weights, other.weights[name], strict=True)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_training_that_gets_more_epochs_is_the_one_that_had_them_at_once(
    task, whole, tmp_path, optimizer
):
    out = tmp_path / "run"
    first = trained(task, out, optimizer=optimizer, epochs=1)
    assert len(first.epochs) == 1
    resumed = resume_language_model(out, 3, device="cpu")
    same(resumed, whole[optimizer])
    same(open_again(out), open_again(whole[optimizer].path))
    assert open_language_run(out).config.schedule.epochs == 3


def open_again(path):
    result = open_language_run(path)
    return replace(result, epochs=tuple(replace(one, seconds=0.0) for one in result.epochs))


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_training_that_was_left_at_any_epoch_goes_on_exactly(task, whole, tmp_path, after):
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        trained(task, out, watcher=Leaving(after))
    left = open_language_run(out)
    assert len(left.epochs) == after
    assert left.scores is None
    assert (left.weights is None) == (after == 0)
    with pytest.raises(KeyboardInterrupt):
        resume_language_model(out, device="cpu", watcher=Leaving(after))
    same(resume_language_model(out, device="cpu"), whole["sgd"])


class Stopped(BaseException):
    """The process ends here, as if it had been killed."""


def stopping_after(real, n):
    """Return what does as `real` does, and ends the process at the n-th time."""
    times = []

    def do(*arguments):
        real(*arguments)
        times.append(1)
        if len(times) == n:
            raise Stopped

    return do


@pytest.mark.parametrize("before", [0, 2], ids=["begun", "given more epochs"])
@pytest.mark.parametrize(
    ("place", "name"),
    [(session, "write_state"), (session, "write_file"), (directory, "write_weights")],
)
def test_a_training_that_was_killed_after_any_write_of_its_last_epoch_ends_as_undisturbed(
    task, whole, tmp_path, monkeypatch, before, place, name
):
    out = tmp_path / "run"
    n_writes = {"write_state": 3, "write_weights": 3, "write_file": 1 + 3}[name]  # config.toml too
    if before:
        trained(task, out, epochs=before)
        assert open_language_run(out).scores is not None
        n_writes -= before
    begin = partial(trained, task, out)
    go_on = partial(resume_language_model, out, 3, device="cpu") if before else begin
    with monkeypatch.context() as patch:
        patch.setattr(place, name, stopping_after(getattr(place, name), n_writes))
        with pytest.raises(Stopped):
            go_on()
    assert open_language_run(out).scores is None
    same(resume_language_model(out, device="cpu"), whole["sgd"])
    same(open_again(out), open_again(whole["sgd"].path))


def test_without_a_directory_the_training_is_the_same_and_nothing_is_written(task, whole):
    result = trained(task, None)
    same(result, whole["sgd"])
    assert result.path is None


class Ended:
    """Watches a training that must not begin."""

    def __init__(self):
        self.reasons = []

    def nothing_left(self, reason):
        self.reasons.append(reason)


def test_an_ended_training_has_nothing_left_to_do(whole, tmp_path):
    out, seen = shutil.copytree(whole["sgd"].path, tmp_path / "run"), Ended()
    before = {file: file.read_bytes() for file in out.iterdir()}
    (tmp_path / "text.txt").write_text("another text, which must not be read")
    same(resume_language_model(out, device="cpu", watcher=seen), whole["sgd"])
    assert seen.reasons == ["3 of 3 epochs are done; give it more --epochs to go on"]
    assert {file: file.read_bytes() for file in out.iterdir()} == before
    with pytest.raises(ConfigError, match=r"at least the 3 that are done\. Got 2"):
        resume_language_model(out, 2)


def test_what_is_written_is_read_again(whole, task):
    result = whole["sgd"]
    read = open_language_run(result.path)
    assert read.config == result.config
    assert read.scores == result.scores
    assert read.vocabulary.tokens == task.vocabulary.tokens
    assert curve(read) == curve(result)
    assert read_model(result.path) == (result.architecture, task.vocabulary)
    assert LanguageConfig.from_toml(read.config.to_toml()) == read.config
    header, *lines = (result.path / "curve.csv").read_text().splitlines()
    assert header.startswith("epoch,learning_rate,train_perplexity,valid_perplexity")
    assert len(lines) == 3


def test_the_kept_weights_are_those_of_the_lowest_validation_loss(whole):
    result = whole["sgd"]
    losses = [epoch.valid_loss for epoch in result.epochs]
    assert result.scores.epoch == int(np.argmin(losses)) + 1
    assert result.scores.valid_loss == min(losses)


def test_it_learns_more_than_the_unigrams(task):
    model = replace(MODEL, hidden=16, dropout=0.0)
    schedule = {"epochs": 8, "optimizer": "adam", "learning_rate": 0.03, "full_epochs": 8}
    scores = trained(task, None, model=model, l2=0.0, **schedule).scores
    assert scores.test_loss < scores.unigram_test_loss - 1
    assert scores.valid_loss < scores.unigram_valid_loss - 1


def test_a_training_that_diverges_ends_with_a_reason_and_can_be_read(task, tmp_path):
    out = tmp_path / "run"
    settings = {"learning_rate": 1e30, "clip": 1e30}
    for begin in (lambda: trained(task, out, **settings), lambda: resume_language_model(out)):
        with pytest.raises(RunError, match=r"The training failed: its .*loss was .*`learning_rate"):
            begin()
    (epoch,) = open_language_run(out).epochs
    assert epoch.valid_loss == math.inf
    assert "loss was" in epoch.failure


def test_a_training_that_diverges_later_keeps_what_it_had_also_when_read_again(
    task, whole, tmp_path, monkeypatch
):
    out, real = tmp_path / "run", Training.epoch

    def epoch(training, number):
        if number < 1:
            return real(training, number)
        with torch.no_grad():
            training.model.bias.fill_(math.nan)
        return Epoch(number, 1.0, math.nan, math.inf, 0.0, 1, "its loss was nan in epoch 2")

    monkeypatch.setattr(Training, "epoch", epoch)
    result = trained(task, out)
    assert len(result.epochs) == 2
    assert result.scores.epoch == 1
    assert result.scores.valid_loss == whole["sgd"].epochs[0].valid_loss
    again = resume_language_model(out, 9, device="cpu")
    assert len(again.epochs) == 2
    assert again.scores == result.scores
    assert open_language_run(out).scores == result.scores
    assert open_language_run(out).epochs[-1].failure == "its loss was nan in epoch 2"
    seen = Ended()
    resume_language_model(out, 9, watcher=seen)
    assert seen.reasons == ["its loss was nan in epoch 2, which was its end"]


def test_another_text_is_refused(task, whole, tmp_path):
    out = shutil.copytree(whole["sgd"].path, tmp_path / "run")
    other = tmp_path / "other.txt"
    other.write_text("something else altogether\n" * 60)
    with pytest.raises(RunError, match="was begun on another text") as caught:
        resume_language_model(out, 4, task=type(task).from_files(other))
    assert str(out) in str(caught.value)


def test_a_text_that_changed_or_went_away_is_refused(tmp_path):
    task, out = task_in(tmp_path), tmp_path / "run"
    trained(task, out, epochs=1)
    text = tmp_path / "text.txt"
    text.write_text(text.read_text() + "the cat\n")
    with pytest.raises(RunError, match="was begun on another text"):
        resume_language_model(out, 2)
    text.unlink()
    with pytest.raises(DataError, match=r"text\.txt: cannot be read"):
        resume_language_model(out, 2)


def test_a_directory_that_exists_is_not_written_over(task, whole, tmp_path):
    with pytest.raises(RunError, match="exists"):
        trained(task, whole["sgd"].path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file"):
        trained(task, tmp_path / "file" / "run")


@pytest.mark.parametrize(
    ("settings", "what"),
    [({"seed": -1}, "`seed`"), ({"threads": 0}, "`threads`"), ({"device": "tpu"}, "`device`")],
)
def test_settings_that_cannot_be_are_refused(task, settings, what):
    from cellcolony.runs.language.session import train_language_model

    from cellcolony.runs.layer_named import layer_named
    from tests.runs.language.trainings import SCHEDULE

    with pytest.raises(ConfigError, match=what):
        train_language_model(task, layer_named("lstm", 6), "lstm", MODEL, SCHEDULE, **settings)


def test_a_text_that_is_too_short_leaves_no_directory(task, tmp_path):
    with pytest.raises(DataError, match="Give a longer text"):
        trained(task, tmp_path / "run", batch=1000)
    assert not (tmp_path / "run").exists()


def test_a_layer_of_groups_trains_and_goes_on(task, tmp_path):
    model = ModelSettings(hidden=6, layers=2, tied=True)
    at_once = trained(task, None, "lstm:4,gru:2", model, epochs=2)
    trained(task, tmp_path / "run", "lstm:4,gru:2", model, epochs=1)
    same(resume_language_model(tmp_path / "run", 2, device="cpu"), at_once)


def test_places_are_named():
    assert place("cpu").type == "cpu"
    with pytest.raises(ConfigError, match="'cpu', 'cuda' or 'auto'"):
        place("gpu")
