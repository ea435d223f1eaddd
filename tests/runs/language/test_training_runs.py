"""Studies of one language model: what they write, and that going on is exact, to the bit."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import json
import math
import shutil
import signal
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.layers import needs
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.report.sections.curves import curves_of
from cellcolony.runs import items
from cellcolony.runs.config_file import read_config
from cellcolony.runs.events import ItemDone, NothingLeft, Share, StageStarted, Warned
from cellcolony.runs.finals_found import final_names, read_final
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.final_scores import UNIGRAM
from cellcolony.store.lines import AppendedLines
from tests.runs import settings
from tests.runs.runs import Nth, curve, killed, killing, outcome, same, same_finals, scores
from tests.runs.settings import MODEL, text_in

torch = pytest.importorskip("torch")

from cellcolony.layers import training_state  # noqa: E402
from cellcolony.layers.train import ModelTraining  # noqa: E402

again = partial(resume, device="cpu")


def trained(task, out, on_event=None, **study):
    return settings.model(task, **study).run(out=out, device="cpu", on_event=on_event)


@pytest.fixture(scope="module")
def whole(text, tmp_path_factory):
    """Three epochs at once, by the optimizer; never change them."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: trained(text, folder / name, optimizer=name) for name in ("sgd", "adam")}


def final(result):
    return result.final("lstm")


def folder_of(run):
    return run / "finals" / "lstm-seed-3"


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_training_that_gets_more_epochs_is_the_one_that_had_them_at_once(
    text, whole, tmp_path, optimizer
):
    out, events = tmp_path / "run", []
    first = trained(text, out, optimizer=optimizer, epochs=1)
    assert len(final(first).epochs) == 1
    resumed = again(out, epochs=3, on_event=events.append)
    same_finals(out, whole[optimizer].path)
    assert scores(resumed) == scores(whole[optimizer])
    assert read_config(out).stages == read_config(whole[optimizer].path).stages
    assert outcome(resumed).test_readings == 2
    (warned,) = [event.text for event in events if isinstance(event, Warned)]
    assert "The test split has been scored once before in this study" in warned
    assert outcome(open_run(out)).test_readings == 2


def test_more_epochs_go_on_from_the_weights_that_are_there(text, whole, tmp_path, monkeypatch):
    out, done, real = tmp_path / "run", [], ModelTraining.epoch
    trained(text, out, epochs=2)
    monkeypatch.setattr(
        ModelTraining,
        "epoch",
        lambda training, number: done.append(number) or real(training, number),
    )
    again(out, epochs=3)
    assert done == [2]
    same_finals(out, whole["sgd"].path)


def leaving_at(monkeypatch, number):
    """Let a Ctrl-C come in an epoch, which then ends as the stop flag ends it."""
    real = ModelTraining.epoch

    def epoch(training, at):
        if at != number:
            return real(training, at)
        signal.raise_signal(signal.SIGINT)
        began = time.monotonic()
        while not training._stop[0]:
            assert time.monotonic() - began < 60
            time.sleep(0.001)
        return real(training, at)

    monkeypatch.setattr(ModelTraining, "epoch", epoch)


@pytest.mark.parametrize(("optimizer", "after"), [("sgd", 0), ("sgd", 1), ("sgd", 2), ("adam", 1)])
def test_a_training_that_was_left_at_any_epoch_goes_on_exactly(
    text, whole, tmp_path, monkeypatch, after, optimizer
):
    out = tmp_path / "run"
    with monkeypatch.context() as patched:
        leaving_at(patched, after)
        with pytest.raises(KeyboardInterrupt):
            trained(text, out, optimizer=optimizer)
        left = open_run(out)
        assert left.outcome is None
        assert left.scores == ()
        assert len(final(left).epochs) == after
        assert (final(left).weights is None) == (after == 0)
        with pytest.raises(KeyboardInterrupt):
            again(out)
    same(again(out), whole[optimizer])


class Stopped(BaseException):
    """The process ends here, as if it had been killed."""


def stopping_after(real, n):
    """Return what does as `real` does, and ends the process at the n-th time."""
    times = []

    def do(*arguments, **options):
        real(*arguments, **options)
        times.append(1)
        if len(times) == n:
            raise Stopped

    return do


@pytest.mark.parametrize("before", [0, 2], ids=["begun", "given more epochs"])
@pytest.mark.parametrize(
    ("place", "name", "n_writes"),
    [(training_state, "keep", 3), (training_state, "write_file", 4),
     (training_state, "write_file", 7)],
    ids=["checkpoint", "weights or curve", "last curve"],
)  # fmt: skip
def test_a_training_that_was_killed_after_any_write_of_its_last_epoch_ends_as_undisturbed(
    text, whole, tmp_path, monkeypatch, before, place, name, n_writes
):
    """In an epoch a checkpoint is written, then the weights of a better epoch, then the curve."""
    out = tmp_path / "run"
    if before:
        trained(text, out, epochs=before)
        assert open_run(out).outcome is not None
        n_writes = {"keep": 1, "write_file": n_writes - 3}[name]  # model, weights, curve, and one
    begin = partial(trained, text, out)
    go_on = partial(again, out, epochs=3) if before else begin
    with monkeypatch.context() as patched:
        patched.setattr(place, name, stopping_after(getattr(place, name), n_writes))
        with pytest.raises(Stopped):
            go_on()
    assert open_run(out).outcome is None
    result = again(out)
    same_finals(out, whole["sgd"].path)
    assert scores(result) == scores(whole["sgd"])
    assert outcome(result).test_readings == (2 if before else 1)


@pytest.mark.parametrize("n", range(1, 6))
def test_a_study_that_was_killed_after_any_line_of_its_journal_ends_as_undisturbed(
    text, whole, tmp_path, monkeypatch, n
):
    """The lines: the stage began, its training is done, test is read, scoring began, it is done."""
    out = tmp_path / "run"
    with monkeypatch.context() as patched:
        append = stopping_after(AppendedLines.append, n)
        patched.setattr(AppendedLines, "append", lambda *arguments: append(*arguments))
        with pytest.raises(Stopped):
            trained(text, out)
    assert open_run(out).outcome is None
    same(again(out), whole["sgd"])


@pytest.mark.parametrize(
    "is_it",
    [
        Nth(StageStarted, 1, lambda event: event.stage == "finals"),
        Nth(ItemDone, 1, lambda event: event.stage == "finals"),
        Nth(ItemDone, 2, lambda event: event.stage == "finals"),
        Nth(ItemDone, 1, lambda event: event.stage == "test"),
        Nth(ItemDone, 1, lambda event: event.stage == "final-scores"),
    ],
    ids=["begun", "one seed", "both seeds", "read", "one scored"],
)
def test_a_model_of_several_seeds_killed_between_them_ends_as_undisturbed(
    text, tmp_path, several, is_it, monkeypatch
):
    out = tmp_path / "run"
    with killed():
        trained(text, out, killing(is_it), epochs=1, n_seeds=2)
    n_done, n, real = len(open_run(out).history.items.get("finals", {})), [], ModelTraining.epoch
    monkeypatch.setattr(
        ModelTraining, "epoch", lambda training, number: n.append(number) or real(training, number)
    )
    same(again(out), several)
    assert len(n) <= 2 - n_done  # an epoch may have ended without its line
    assert n_done < 2 or not n


@pytest.fixture(scope="module")
def several(text, tmp_path_factory):
    """One epoch with each of two seeds."""
    return trained(text, tmp_path_factory.mktemp("several") / "run", epochs=1, n_seeds=2)


def test_each_seed_is_a_training_of_its_own(several, whole, text):
    one, two = several.final("lstm", 3), several.final("lstm", 4)
    assert curve(one) != curve(two)
    assert one.epochs[0].valid_loss == final(whole["sgd"]).epochs[0].valid_loss
    alone = trained(text, None, epochs=1, seed=4)
    assert curve(alone.final("lstm")) == curve(two)
    assert several.models[0].reach is not None


def test_every_epoch_is_told(text, tmp_path, monkeypatch):
    events = []
    monkeypatch.setattr(items, "LOOK_SECONDS", 0.0)
    trained(text, tmp_path / "run", events.append, epochs=3)
    epochs = [event for event in events if isinstance(event, Share) and event.epoch is not None]
    assert [event.epoch.number for event in epochs] == [0, 1, 2]
    assert all(event.n_epochs == 3 for event in epochs)


def test_without_a_directory_the_training_is_the_same_and_nothing_is_written(
    text, whole, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    result = trained(text, None)
    assert scores(result) == scores(whole["sgd"])
    assert curve(final(result)) == curve(final(whole["sgd"]))
    for name, weights in final(whole["sgd"]).weights.items():
        np.testing.assert_array_equal(final(result).weights[name], weights, strict=True)
    assert result.path is None
    assert list(tmp_path.iterdir()) == []


def test_an_ended_training_has_nothing_left_to_do(whole, tmp_path):
    out, events = shutil.copytree(whole["sgd"].path, tmp_path / "run"), []
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    with_no_text = (out / "config.toml").read_text().replace("text.txt", "gone.txt")
    (out / "config.toml").write_text(with_no_text)  # which is not read
    before[out / "config.toml"] = with_no_text.encode()
    same(again(out, on_event=events.append), whole["sgd"])
    assert events == [NothingLeft("every training is done; give more --epochs to go on")]
    again(out, epochs=3)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before
    with pytest.raises(ConfigError, match=r"at least the 3 that are done\. Got 2"):
        again(out, epochs=2)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before


def test_what_is_written_is_read_again(whole, text):
    result = whole["sgd"]
    read = open_run(result.path)
    assert read.config == result.config
    assert read.scores == result.scores
    assert curve(final(read)) == curve(final(result))
    words = json.loads((result.path / "vocabulary.json").read_text())
    assert tuple(words) == text.vocabulary.tokens
    assert final(read).architecture == MODEL.of(result.config.method.layer, len(words))
    header, *lines = (folder_of(result.path) / "curve.csv").read_text().splitlines()
    assert header.startswith("epoch,learning_rate,train_perplexity,valid_perplexity")
    assert len(lines) == 3
    (own, of_words) = result.models
    assert (own.model, own.role, of_words.model) == ("lstm", "model", UNIGRAM)
    assert own.n_weights == final(result).n_weights


def test_the_kept_weights_are_those_of_the_lowest_validation_loss(whole):
    result = whole["sgd"]
    losses = [epoch.valid_loss for epoch in final(result).epochs]
    (valid,) = [s for s in result.scores if s.model == "lstm" and s.split == "valid"]
    assert valid.epochs == int(np.argmin(losses)) + 1
    assert valid.value == perplexity(min(losses))


def test_it_learns_more_than_the_unigrams(text):
    model = replace(MODEL, hidden=16, dropout=0.0)
    schedule = {"epochs": 6, "optimizer": "adam", "learning_rate": 0.03, "full_epochs": 6}
    result = trained(text, None, units=(16,), made_of=model, l2=0.0, **schedule)
    own, of_words = result.models
    assert own.value("test") < of_words.value("test") / math.e
    assert own.value("valid") < of_words.value("valid") / math.e


def test_a_training_that_diverges_ends_with_a_reason_and_can_be_read(text, tmp_path):
    out, wild = tmp_path / "run", {"learning_rate": 1e30, "clip": 1e30}
    for begin in (lambda: trained(text, out, **wild), lambda: again(out)):
        with pytest.raises(RunError, match=r"The training failed: its .* was .*--learning-rate"):
            begin()
    result = open_run(out)
    (epoch,) = final(result).epochs
    assert epoch.valid_loss == math.inf
    assert "loss was" in epoch.failure
    assert final(result).weights is None
    assert result.outcome is None


def test_a_training_that_diverges_later_keeps_what_it_had_also_when_read_again(
    text, whole, tmp_path, monkeypatch
):
    out, real = tmp_path / "run", ModelTraining.epoch

    def epoch(training, number):
        if number < 1:
            return real(training, number)
        with torch.no_grad():
            training.model.bias.fill_(math.nan)
        return Epoch(number, 1.0, math.nan, math.inf, 0.0, 1, "its loss was nan in epoch 2")

    monkeypatch.setattr(ModelTraining, "epoch", epoch)
    result = trained(text, out)
    assert len(final(result).epochs) == 2
    assert {s.epochs for s in result.scores if s.model == "lstm"} == {1}
    first = final(whole["sgd"]).epochs[0].valid_loss
    assert result.models[0].value("valid") == perplexity(first)
    for longer in (9, 9):
        again_run = again(out, epochs=longer)
        assert len(final(again_run).epochs) == 2
        assert scores(again_run) == scores(result)
    assert scores(open_run(out)) == scores(result)
    assert final(open_run(out)).epochs[-1].failure == "its loss was nan in epoch 2"


def test_another_text_is_refused(text, whole, tmp_path):
    out = shutil.copytree(whole["sgd"].path, tmp_path / "run")
    other = tmp_path / "other.txt"
    other.write_text("something else altogether\n" * 60)
    with pytest.raises(RunError, match="was begun on other data") as caught:
        again(out, epochs=4, task=type(text).from_files(other))
    assert str(out) in str(caught.value)
    with pytest.raises(RunError, match="was begun on other data"):
        again(out, epochs=4, files={"train": [str(other)]})
    same(again(out), whole["sgd"])


def test_a_text_that_changed_or_went_away_is_refused_and_one_that_moved_is_named(tmp_path, whole):
    task, out = text_in(tmp_path), tmp_path / "run"
    trained(task, out, epochs=1)
    text, moved = tmp_path / "text.txt", tmp_path / "moved.txt"
    shutil.copy(text, moved)
    text.write_text(text.read_text() + "the cat\n")
    with pytest.raises(RunError, match="was begun on other data"):
        again(out, epochs=3)
    text.unlink()
    with pytest.raises(DataError, match=r"text\.txt: cannot be read(.|\n)*name them anew: --train"):
        again(out, epochs=3)
    again(out, epochs=3, files={"train": [str(moved)]})
    same_finals(out, whole["sgd"].path)


def test_a_directory_that_exists_is_not_written_over(text, whole, tmp_path):
    with pytest.raises(RunError, match="exists"):
        trained(text, whole["sgd"].path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file"):
        trained(text, tmp_path / "file" / "run")


@pytest.mark.parametrize(
    ("wrong", "what"),
    [({"seed": -1}, "`seed`"), ({"threads": 0}, "`threads`"), ({"device": "tpu"}, "`device`"),
     ({"n_seeds": 0}, "`n_seeds`"), ({"batch": 0}, "`batch`"), ({"cells": ("lsmt",)}, "'lstm'"),
     ({"units": (3, 3)}, "`units`")],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(text, tmp_path, wrong, what):
    how = {name: wrong.pop(name) for name in ("threads", "device") if name in wrong}
    with pytest.raises(ConfigError, match=what):
        settings.model(text, **wrong).run(out=tmp_path / "run", **how)
    assert not (tmp_path / "run").exists()


def test_a_text_that_is_too_short_leaves_no_directory(text, tmp_path):
    with pytest.raises(DataError, match="Give a longer text"):
        trained(text, tmp_path / "run", batch=1000)
    assert not (tmp_path / "run").exists()


def test_without_the_extra_it_is_named_and_nothing_is_written(text, whole, tmp_path, monkeypatch):
    out = shutil.copytree(whole["sgd"].path, tmp_path / "ended")
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    find = needs.find_spec
    monkeypatch.setattr(needs, "find_spec", lambda name: None if name == "torch" else find(name))
    why = r"need torch, not installed here: pip install 'cellcolony\[lm\]'"
    with pytest.raises(ConfigError, match=why):
        trained(text, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(ConfigError, match=why):
        again(out, epochs=4)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before
    assert final(open_run(out)).weights is not None  # who only reads needs no torch


def test_a_layer_of_groups_trains_and_goes_on(text, tmp_path):
    groups = {
        "cells": ("lstm", "gru"), "units": (4, 2),
        "made_of": ModelSettings(hidden=6, layers=2, tied=True),
    }  # fmt: skip
    at_once = trained(text, tmp_path / "at once", epochs=2, **groups)
    trained(text, tmp_path / "run", epochs=1, **groups)
    result = again(tmp_path / "run", epochs=2)
    same_finals(tmp_path / "run", at_once.path)
    assert scores(result) == scores(at_once)
    assert open_run(at_once.path).config.method.units == (4, 2)


@pytest.fixture(scope="module")
def chosen(text, tmp_path_factory):
    """A model whose learning rate was chosen of three, the first of which learns nothing."""
    return of_three_rates(text).run(out=tmp_path_factory.mktemp("chosen") / "run", device="cpu")


def of_three_rates(text):
    rates = 1.0, 1e8, 1e9
    return settings.model(text, n_seeds=2, epochs=1, learning_rate=1e-9, rates=rates)


@pytest.mark.parametrize("written", [True, False])
def test_of_several_learning_rates_the_model_that_was_chosen_is_the_one_that_is_used(
    chosen, text, written
):
    result = chosen if written else of_three_rates(text).run(device="cpu")
    names = [one for one in final_names(result) if "-seed-3" in one]
    losses = {one: read_final(result, one).best.valid_loss for one in names}
    best = min(losses, key=losses.__getitem__)
    assert len(losses) == 3
    assert best not in (names[0], names[-1])  # the order of names alone does not find it
    used = result.final("lstm", 3)
    assert used.best.valid_loss == losses[best]
    (valid, _) = [one for one in result.scores if one.seed == 3 and one.measure == "perplexity"]
    assert valid.value == pytest.approx(math.exp(losses[best]))


def test_trainings_to_choose_by_are_resumed_replayed_and_named_by_their_rates(chosen):
    assert replay(chosen.path).n_finals == 4  # three rates, and another seed
    assert resume(chosen.path).scores == chosen.scores
    titles = [one.title for one in curves_of(chosen)]
    assert titles[:2] == ["lstm, seed 3", "lstm, seed 4"]
    assert sorted(titles[2:]) == [
        "lstm (not chosen), seed 3", "lstm rate x100000000.0 (not chosen), seed 3"
    ]  # fmt: skip
