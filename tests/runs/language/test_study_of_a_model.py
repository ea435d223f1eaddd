"""Studies that train one language model: what they write, and that going on is exact."""

# pyright: reportMissingImports=false

from __future__ import annotations

import math
import shutil
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.epoch import Epoch
from cellcolony.runs.events import ItemDone, NothingLeft, Share, StageStarted, Warned
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume as resume_any
from tests.runs import settings
from tests.runs.runs import (
    Killed,
    Nth,
    curve,
    items,
    killed,
    killing,
    outcome,
    same,
    same_finals,
    scores,
)  # fmt: skip
from tests.runs.settings import MODEL

torch = pytest.importorskip("torch")

from cellcolony.layers import long_training  # noqa: E402
from cellcolony.layers.train import Training  # noqa: E402

FOLDER = "lstm-seed-3"


def resume(path, epochs=None, **how):
    return resume_any(path, epochs=epochs, device="cpu", **how)


def trained(text, out, *cells, how=None, **study):
    return settings.model(text, *cells, **study).run(out=out, device="cpu", **(how or {}))


@pytest.fixture(scope="module")
def whole(text, tmp_path_factory):
    """Three epochs at once, by the optimizer; never change them."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: trained(text, folder / name, optimizer=name) for name in ("sgd", "adam")}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_training_that_gets_more_epochs_is_the_one_that_had_them_at_once(
    text, whole, tmp_path, optimizer
):
    out, events = tmp_path / "run", []
    first = trained(text, out, optimizer=optimizer, epochs=1)
    assert len(first.final("lstm").epochs) == 1
    again = resume(out, 3, on_event=events.append)
    same_finals(out, whole[optimizer].path)
    assert scores(again) == scores(whole[optimizer])
    assert again.config.stages == whole[optimizer].config.stages
    assert outcome(again).test_readings == 2
    (warned,) = [event.text for event in events if isinstance(event, Warned)]
    assert "The test split has been scored once before" in warned


def leaving(monkeypatch, after):
    """Let the next training end as if it was killed once some epochs are done."""
    real = Training.epoch

    def epoch(training, number):
        if number == after:
            raise Killed
        return real(training, number)

    monkeypatch.setattr(Training, "epoch", epoch)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_training_killed_between_epochs_goes_on_to_the_bit(
    text, whole, tmp_path, monkeypatch, after
):
    out = tmp_path / "run"
    for go_on in (lambda: trained(text, out), lambda: resume(out)):
        with monkeypatch.context() as patched, killed():
            leaving(patched, after)
            go_on()
    left = open_run(out)
    assert (left.outcome, left.scores, items(out)) == (None, (), [])
    assert len(left.final("lstm").epochs) == after
    assert (left.final("lstm").weights is None) == (after == 0)
    seen = []
    monkeypatch.setattr(Training, "epoch", noting(Training.epoch, seen))
    same(resume(out), whole["sgd"])
    assert seen == list(range(after, 3))


def noting(real, seen):
    def epoch(training, number):
        seen.append(number)
        return real(training, number)

    return epoch


def test_several_trainings_at_once_are_those_one_after_the_other_and_go_on_each(
    text, tmp_path, monkeypatch
):
    alone = trained(text, tmp_path / "alone", n_seeds=3)
    out = tmp_path / "run"
    with monkeypatch.context() as patched, killed():
        leaving(patched, 1)
        trained(text, out, n_seeds=3, how={"workers": 2})
    same(resume(out, workers=2), alone)
    assert alone.models[0].reach is not None
    assert [one.seed for one in alone.models[0].scores if one.split == "test"] == [3, 4, 5]
    assert not np.array_equal(
        alone.final("lstm", 3).weights["bias"], alone.final("lstm", 4).weights["bias"]
    )
    with pytest.raises(RunError, match="There is no final training of 'lstm'"):
        alone.final("lstm", 6)
    with pytest.raises(RunError, match=r"no final training of 'lsmt'\. Did you mean 'lstm'"):
        alone.final("lsmt")


@pytest.mark.parametrize("n", [1, 2, 3])
def test_what_has_been_trained_before_a_kill_is_neither_trained_nor_scored_again(
    text, tmp_path, n, monkeypatch
):
    out = tmp_path / "run"
    kill = [
        Nth(ItemDone, 1, lambda event: event.stage == "finals"),
        Nth(StageStarted, 2),
        Nth(ItemDone, 1, lambda event: event.stage == "final-scores"),
    ][n - 1]
    with killed():
        trained(text, out, n_seeds=2, how={"on_event": killing(kill)})
    monkeypatch.setattr(Training, "epoch", noting(Training.epoch, seen := []))
    scored, real = [], long_training.score_weights
    monkeypatch.setattr(
        long_training, "score_weights", lambda *some: scored.append(1) or real(*some)
    )
    events = []
    result = resume(out, on_event=events.append)
    assert len(seen) == (3 if n == 1 else 0)
    assert len(scored) == (1 if n == 3 else 2)
    assert not [event for event in events if isinstance(event, Warned)]
    assert outcome(result).test_readings == 1
    monkeypatch.undo()
    same(result, trained(text, tmp_path / "alone", n_seeds=2))


def test_ctrl_c_ends_a_training_and_all_finished_epochs_are_kept(text, whole, tmp_path):
    out, real = tmp_path / "run", Training.epoch

    def epoch(training, number):
        if number == 2:
            signal.raise_signal(signal.SIGINT)
            while not training._stop[0]:  # until the main thread has heard of it
                time.sleep(0.001)
        return real(training, number)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Training, "epoch", epoch)
        with pytest.raises(KeyboardInterrupt):
            trained(text, out)
    assert not (out / "result.toml").exists()
    assert len(open_run(out).final("lstm").epochs) == 2
    same(resume(out), whole["sgd"])


def test_whoever_watches_hears_of_epochs_and_shares(text, tmp_path):
    events = []
    trained(text, tmp_path / "run", epochs=6, how={"on_event": events.append})
    shares = [event for event in events if isinstance(event, Share)]
    assert {event.n_epochs for event in shares} <= {6}
    assert all(0 <= event.share <= 1 for event in shares)
    numbers = [event.epoch.number for event in shares if event.epoch is not None]
    assert numbers == sorted(set(numbers))


def test_without_a_directory_the_training_is_the_same_and_nothing_is_written(text, whole):
    result = trained(text, None)
    assert result.path is None
    assert scores(result) == scores(whole["sgd"])
    ours, kept = result.final("lstm"), whole["sgd"].final("lstm")
    assert curve(ours) == curve(kept)
    for name, weights in kept.weights.items():
        np.testing.assert_array_equal(ours.weights[name], weights, strict=True)


def test_an_ended_training_has_nothing_left_to_do(tmp_path):
    task, out, seen = settings.text_in(tmp_path), tmp_path / "run", []
    whole = trained(task, out)
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    (tmp_path / "text.txt").write_text("another text, which must not be read")
    same(resume(out, on_event=seen.append), whole)
    assert seen == [NothingLeft("every training is done; give more --epochs to go on")]
    with pytest.raises(ConfigError, match=r"`epochs` must be at least the 3 that are done\. Got 2"):
        resume(out, 2)
    with pytest.raises(ConfigError, match="`epochs` must be"):
        resume(out, 1.5)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before


def test_what_is_written_is_read_again(whole, text):
    result, read = whole["sgd"], open_run(whole["sgd"].path)
    assert read.config.to_toml() == result.config.to_toml()
    assert read.scores == result.scores
    assert (read.front, read.n_done, read.noun) == ((), 0, "model")
    header, *lines = (result.path / "finals" / FOLDER / "curve.csv").read_text().splitlines()
    assert header.startswith("epoch,learning_rate,train_perplexity,valid_perplexity")
    assert len(lines) == 3
    words = (result.path / "vocabulary.json").read_text("utf-8")
    assert all(f'"{word}"' in words for word in text.vocabulary.tokens)
    for reading in (lambda: read.best, lambda: read.chosen):
        with pytest.raises(RunError, match="trained one model, and searched for none"):
            reading()
    with pytest.raises(RunError, match="`predict` needs a study that forecasts columns"):
        read.predict(None)


def test_the_kept_weights_are_those_of_the_lowest_validation_loss(whole, text):
    result = whole["sgd"]
    final = result.final("lstm")
    losses = [epoch.valid_loss for epoch in final.epochs]
    assert {one.epochs for one in result.models[0].scores} == {int(np.argmin(losses)) + 1}
    assert result.models[0].value("valid") == pytest.approx(math.exp(min(losses)))
    score = long_training.score_weights(final.architecture, final.weights, text.test, "cpu")
    assert result.models[0].value("test") == pytest.approx(math.exp(score))


def test_it_learns_more_than_how_often_each_word_comes(text):
    model = replace(MODEL, hidden=16, dropout=0.0)
    schedule = {"epochs": 8, "optimizer": "adam", "learning_rate": 0.03, "full_epochs": 8}
    ours, words = trained(text, None, ("lstm",), (16,), made_of=model, l2=0.0, **schedule).models
    assert words.model == "how often each word comes"
    for split in ("valid", "test"):
        assert math.log(ours.value(split)) < math.log(words.value(split)) - 1


def test_a_training_that_diverges_ends_with_a_reason_and_can_be_read(text, tmp_path):
    out, wild = tmp_path / "run", {"learning_rate": 1e30, "clip": 1e30}
    for begin in (lambda: trained(text, out, **wild), lambda: resume(out)):
        with pytest.raises(RunError, match=r"The training failed: its .*loss was .*`learning_rate"):
            begin()
    (epoch,) = open_run(out).final("lstm").epochs
    assert epoch.valid_loss == math.inf
    assert "loss was" in epoch.failure


def test_a_training_that_diverges_later_keeps_what_it_had_also_when_read_again(
    text, whole, tmp_path, monkeypatch
):
    out, real = tmp_path / "run", Training.epoch

    def epoch(training, number):
        if number < 1:
            return real(training, number)
        with torch.no_grad():
            training.model.bias.fill_(math.nan)
        return Epoch(number, 1.0, math.nan, math.inf, 0.0, 1, "its loss was nan in epoch 2")

    monkeypatch.setattr(Training, "epoch", epoch)
    result = trained(text, out)
    assert len(result.final("lstm").epochs) == 2
    assert {one.epochs for one in result.models[0].scores} == {1}
    first = whole["sgd"].final("lstm").epochs[0]
    assert result.models[0].value("valid") == pytest.approx(math.exp(first.valid_loss))
    again = resume(out, 9)
    assert len(again.final("lstm").epochs) == 2
    assert scores(again) == scores(result)
    assert open_run(out).final("lstm").epochs[-1].failure == "its loss was nan in epoch 2"


def test_another_text_is_refused(text, whole, tmp_path):
    out = shutil.copytree(whole["sgd"].path, tmp_path / "run")
    other = tmp_path / "other.txt"
    other.write_text("something else altogether\n" * 60)
    with pytest.raises(RunError, match="was begun on other data") as caught:
        resume(out, 4, task=type(text).from_files(other))
    assert str(out) in str(caught.value)
    with pytest.raises(RunError, match="was begun on other data"):
        resume(out, 4, files={"train": [str(other)]})


def test_a_text_that_changed_or_went_away_is_refused_and_nothing_is_changed(tmp_path):
    task, out = settings.text_in(tmp_path), tmp_path / "run"
    trained(task, out, epochs=1)
    before = (out / "config.toml").read_text()
    path = tmp_path / "text.txt"
    path.write_text(path.read_text() + "the cat\n")
    with pytest.raises(RunError, match="was begun on other data"):
        resume(out, 2)
    path.unlink()
    with pytest.raises(DataError, match=r"text\.txt: cannot be read"):
        resume(out, 2)
    assert (out / "config.toml").read_text() == before
    assert (out / "result.toml").exists()


def test_a_directory_that_exists_is_not_written_over(text, whole, tmp_path):
    with pytest.raises(RunError, match="exists"):
        trained(text, whole["sgd"].path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file"):
        trained(text, tmp_path / "file" / "run")


@pytest.mark.parametrize(
    ("study", "how", "what"),
    [({"seed": -1}, {}, "`seed`"), ({}, {"threads": 0}, "`threads`"),
     ({}, {"device": "tpu"}, "`device`"), ({"epochs": 0}, {}, "`epochs`")],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(text, tmp_path, study, how, what):
    with pytest.raises(ConfigError, match=what):
        settings.model(text, **study).run(out=tmp_path / "run", **how)
    assert not (tmp_path / "run").exists()


def test_a_text_that_is_too_short_leaves_no_directory(text, tmp_path):
    with pytest.raises(DataError, match="Give a longer text"):
        trained(text, tmp_path / "run", batch=1000)
    assert not (tmp_path / "run").exists()
    short = settings.model(text, batch=1000).config.stage("finals")
    study = settings.model(text)
    study = replace(study, config=study.config.with_stage(short))
    with pytest.raises(DataError, match="Give a longer text"):  # for the final training too
        study.run(out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_layer_of_groups_trains_and_goes_on(text, tmp_path):
    made_of = ModelSettings(hidden=6, layers=2, tied=True)
    groups = ("lstm", "gru"), (4, 2)
    at_once = trained(text, tmp_path / "at once", *groups, made_of=made_of, epochs=2)
    trained(text, tmp_path / "run", *groups, made_of=made_of, epochs=1)
    again = resume(tmp_path / "run", 2)
    same_finals(again.path, at_once.path)
    assert scores(again) == scores(at_once)
