"""Long trainings: what they write, that going on is exact, and that damaged folders are refused."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import json
import math
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony import cells
from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.layers.curve import curve_csv, epochs_in
from cellcolony.layers.dropout import Dropout
from cellcolony.layers.epoch import Epoch
from cellcolony.layers.layer import layer_of
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.trained import LongTraining, Trained, read_trained
from tests.layers.language import mixed, tiny, tokens

torch = pytest.importorskip("torch")

from cellcolony.layers import training_state  # noqa: E402
from cellcolony.layers.device import place, torch_threads  # noqa: E402
from cellcolony.layers.long_training import model_with, score_weights, train_long  # noqa: E402
from cellcolony.layers.train import ModelTraining, score  # noqa: E402
from cellcolony.layers.training_state import OtherTrainingError, settings_of  # noqa: E402

TRAIN, VALID = tokens(130, 1), tokens(30, 2)
N_EPOCHS = 4
WHAT = {
    name: LongTraining(
        tiny(dropout=Dropout(0.3, 0.2, 0.1)),
        # Rates with which the best epoch is not the last one.
        Schedule(N_EPOCHS, batch=3, steps=10, optimizer=name, learning_rate=rate, full_epochs=1),
        seed=5,
    )
    for name, rate in (("sgd", 0.5), ("adam", 0.3))
}
SGD = WHAT["sgd"]


def trained(what=SGD, folder=None, stop=None, train=TRAIN, **options) -> Trained:
    stop = np.zeros(1, np.uint8) if stop is None else stop
    return train_long(what, train, VALID, folder, stop, device="cpu", **options)


def growing(what, epochs):
    return replace(what, schedule=replace(what.schedule, epochs=epochs))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Trainings at once, by the optimizer, and their folders."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: (trained(what, folder / name), folder / name) for name, what in WHAT.items()}


@pytest.mark.parametrize("tied", [False, True])
def test_a_model_with_an_embedding_of_its_own_goes_on_to_the_bit(tmp_path, tied):
    what = replace(WHAT["adam"], architecture=tiny(tied, Dropout(0.3, 0.2, 0.1), embedding=3))
    at_once = trained(what, tmp_path / "at once")
    trained(growing(what, 2), tmp_path / "parts")
    same(trained(what, tmp_path / "parts"), at_once)
    assert read_trained(tmp_path / "parts").architecture == what.architecture
    loss = score_weights(what.architecture, at_once.weights, VALID, "cpu").mean
    assert loss == at_once.best.valid_loss
    other = replace(what, architecture=tiny(tied, Dropout(0.3, 0.2, 0.1)))
    with pytest.raises(OtherTrainingError):
        trained(other, tmp_path / "parts")


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of a training's folder, by Adam."""
    return shutil.copytree(whole["adam"][1], tmp_path / "folder")


def same(one: Trained, other: Trained) -> None:
    first, second = ([replace(epoch, seconds=0) for epoch in t.epochs] for t in (one, other))
    assert first == second
    assert one.architecture == other.architecture
    assert one.weights.keys() == other.weights.keys()
    for name, weights in one.weights.items():
        np.testing.assert_array_equal(weights, other.weights[name], strict=True)


def contents(folder):
    """Return what a folder holds, but for seconds."""
    arrays = {path.name: load_file(path) for path in folder.glob("*.safetensors")}
    return (folder / "model.json").read_text(), arrays


class Killed(BaseException):
    """The process ends here, as if it had been killed."""


@pytest.mark.parametrize(
    ("name", "after"), [*(("sgd", n) for n in range(N_EPOCHS)), ("adam", 1), ("adam", 3)]
)
def test_a_training_that_was_stopped_in_any_epoch_goes_on_to_the_bit(whole, tmp_path, name, after):
    stop, begun, what = np.zeros(1, np.uint8), [], WHAT[name]
    n_done = 0

    def on_share(share):
        stop[0] = n_done == after and share > 0.3

    def on_epoch(epoch, is_best):
        nonlocal n_done
        n_done += 1

    left = trained(what, tmp_path, stop, on_share=on_share, on_epoch=on_epoch)
    assert (left.stopped, len(left.epochs)) == (True, after)
    assert (left.weights is None) == (after == 0)
    again = trained(what, tmp_path, on_begin=begun.append)
    assert (begun, again.stopped, again.failure) == ([after], False, None)
    same(again, whole[name][0])
    np.testing.assert_equal(contents(tmp_path), contents(whole[name][1]))


@pytest.mark.parametrize("n", range(1, 1 + 2 * N_EPOCHS))
def test_a_training_that_was_killed_after_any_write_goes_on_to_the_bit(
    whole, tmp_path, monkeypatch, n
):
    n_writes = 0

    def killing(real):
        def do(*arguments, **options):
            nonlocal n_writes
            real(*arguments, **options)
            n_writes += 1
            if n_writes == n:
                raise Killed

        return do

    with monkeypatch.context() as patch:
        for name in ("keep", "write_file"):
            patch.setattr(training_state, name, killing(getattr(training_state, name)))
        with pytest.raises(Killed):
            trained(SGD, tmp_path)
    read_trained(tmp_path)
    same(trained(SGD, tmp_path), whole["sgd"][0])
    same(read_trained(tmp_path), whole["sgd"][0])
    np.testing.assert_equal(contents(tmp_path), contents(whole["sgd"][1]))


@pytest.mark.parametrize("name", WHAT)
def test_a_training_that_gets_more_epochs_is_the_one_that_had_them_at_once(whole, tmp_path, name):
    assert len(trained(growing(WHAT[name], 1), tmp_path).epochs) == 1
    same(trained(WHAT[name], tmp_path), whole[name][0])


def test_without_a_folder_the_training_is_the_same(whole):
    same(trained(), whole["sgd"][0])


def test_a_finished_training_is_not_trained_again(whole, folder, monkeypatch):
    monkeypatch.setattr(ModelTraining, "epoch", None)
    same(trained(WHAT["adam"], folder), whole["adam"][0])
    with pytest.raises(ConfigError, match="at least the 4 that are done"):
        trained(growing(WHAT["adam"], 3), folder)


def test_the_chosen_weights_are_those_of_the_lowest_validation_loss(whole):
    for found, folder in whole.values():
        losses = [epoch.valid_loss for epoch in found.epochs]
        assert found.best.number == int(np.argmin(losses))
        assert score_weights(found.architecture, found.weights, VALID, "cpu").mean == min(losses)
        same(read_trained(folder), found)
    assert not all(found.best.number == N_EPOCHS - 1 for found, _ in whole.values())


def test_callers_are_told_of_every_epoch_and_its_shares():
    told, shares = [], []
    found = trained(on_epoch=lambda *one: told.append(one), on_share=shares.append)
    assert [epoch for epoch, _ in told] == list(found.epochs)
    losses = [epoch.valid_loss for epoch in found.epochs]
    wanted = [loss < min(losses[:n], default=math.inf) for n, loss in enumerate(losses)]
    assert [is_best for _, is_best in told] == wanted
    assert shares.count(1.0) == N_EPOCHS
    assert found.seconds == sum(epoch.seconds for epoch in found.epochs)
    assert found.n_weights == SGD.architecture.n_weights


def test_a_training_that_diverges_at_once_has_no_weights_and_is_over(tmp_path, monkeypatch):
    wild = replace(SGD.schedule, learning_rate=1e30, clip=1e30)
    what = replace(SGD, schedule=wild)
    for found in (trained(what, tmp_path), trained(what, tmp_path), read_trained(tmp_path)):
        assert "loss was" in found.failure
        assert (len(found.epochs), found.weights, found.best) == (1, None, None)
        assert not found.stopped
    assert not (tmp_path / "weights.safetensors").exists()


def test_a_training_that_diverges_later_keeps_what_it_had(whole, tmp_path, monkeypatch):
    real = ModelTraining.epoch

    def epoch(training, number):
        if number < 2:
            return real(training, number)
        with torch.no_grad():
            training.model.bias.fill_(math.nan)
        return Epoch(number, 1.0, math.nan, math.inf, 0.0, 1, "its loss was nan in epoch 3")

    monkeypatch.setattr(ModelTraining, "epoch", epoch)
    best = trained(growing(SGD, 2)).weights
    for found in (trained(SGD, tmp_path), trained(SGD, tmp_path), read_trained(tmp_path)):
        assert found.failure == "its loss was nan in epoch 3"
        assert len(found.epochs) == 3
        np.testing.assert_equal(found.weights, best)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 6}, r"`seed` \(there 5, now 6\)"),
        (
            {"architecture": tiny(layer=mixed(1, 3))},
            "the cell or a setting of the model is another",
        ),
        ({"architecture": tiny(dropout=Dropout(0.3))}, "a setting of the model is another"),
        ({"schedule": {"batch": 2}}, r"`batch` \(there 3, now 2\)"),
        ({"schedule": {"decay": 0.5}}, r"`decay` \(there 0.9, now 0.5\)"),
        ({"schedule": {"optimizer": "sgd"}}, "`optimizer`"),
        ({"train": tokens(130, 3)}, "the text is another"),
    ],
)
def test_another_training_in_the_folder_is_refused_and_left_alone(folder, change, message):
    before, what, change = contents(folder), WHAT["adam"], dict(change)
    train = change.pop("train", TRAIN)
    if "schedule" in change:
        change["schedule"] = replace(what.schedule, **change["schedule"])
    with pytest.raises(OtherTrainingError, match=message) as caught:
        trained(replace(what, **change), folder, train=train)
    assert str(folder) in str(caught.value)
    np.testing.assert_equal(contents(folder), before)


def changed_state(folder, what, change):
    """Write a checkpoint whose state is another, with checksums that fit."""
    settings = settings_of(what, TRAIN, VALID)
    state = training_state.open_folder(folder, settings)
    training_state.write_state(folder, settings, change(state))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: replace(s, epochs=()), "it has no epoch"),
        (lambda s: replace(s, epochs=s.epochs[1:]), "must be that of epoch 1"),
        (lambda s: replace(s, memory={**s.memory, "optimizer.0.step": "text"}), "else than arrays"),
        (lambda s: replace(s, memory={}), "must have the names"),
        (lambda s: replace(s, memory={**s.memory, "weights.bias": np.zeros(3)}), "float32"),
        (lambda s: replace(s, memory={**s.memory, "weights.bias": np.full(7, np.nan, "f4")}),
         "not finite"),
        (lambda s: replace(s, memory={k: v for k, v in s.memory.items() if "exp_avg" not in k}),
         "what the optimizer remembers must have the names"),
        (lambda s: replace(s, memory={**s.memory, "optimizer.99.step": np.zeros((), "f4")}),
         "what the optimizer remembers must have the names"),
        (lambda s: replace(s, memory={**s.memory, "optimizer.0.exp_avg": np.zeros(3, "f4")}),
         r"optimizer\.0\.exp_avg' must be float32"),
        (lambda s: replace(s, best={"bias": np.zeros(7, "f4")}), "the weights must have the names"),
    ],
)  # fmt: skip
def test_a_checkpoint_of_other_values_is_refused(folder, change, message):
    what = WHAT["adam"]
    changed_state(folder, what, change)
    with pytest.raises(RunError, match=rf"checkpoint\.json: .*{message}"):
        trained(what, folder)


def test_damaged_checkpoints_are_refused_by_name(folder):
    (arrays,) = folder.glob("checkpoint-*.safetensors")
    content, path = arrays.read_bytes(), folder / "checkpoint.json"
    text = path.read_text()
    arrays.write_bytes(content[:-8])
    with pytest.raises(RunError, match=rf"checkpoint\.json: .*{arrays.name}"):
        trained(WHAT["adam"], folder)
    arrays.write_bytes(content)
    for damaged in (text[: len(text) // 2], "[" * 10_000, "{}", "[]", "\xff", '{"sha256": 1}'):
        path.write_text(damaged)
        with pytest.raises(RunError, match=r"checkpoint\.json: the checkpoint cannot be read"):
            trained(WHAT["adam"], folder)


def test_links_and_pipes_are_not_followed(folder, tmp_path):
    secret = tmp_path / "secret"
    for name in ("checkpoint.json", "model.json", "curve.csv", "weights.safetensors"):
        path = folder / name
        path.rename(secret)
        path.symlink_to(secret)
        with pytest.raises(RunError, match="leads out"):
            trained(WHAT["adam"], folder) if "check" in name else read_trained(folder)
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(RunError, match="pipe"):
            trained(WHAT["adam"], folder) if "check" in name else read_trained(folder)
        path.unlink()
        secret.rename(path)
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    with pytest.raises(RunError, match="linked is a link"):
        trained(WHAT["adam"], linked)
    secret.write_text("mine")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for name in ("model.json", "curve.csv", "weights.safetensors", "checkpoint.json.part"):
        (fresh / name).symlink_to(secret)
    trained(growing(SGD, 1), fresh)
    assert secret.read_text() == "mine"
    assert not any(path.is_symlink() for path in fresh.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file"):
        trained(SGD, tmp_path / "file" / "folder")


@pytest.mark.parametrize("file", ["model.json", "curve.csv", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"\xff\xff\xff\xff\xff\xff\xff\xff", b"[" * 10_000, b"{}\n"])
def test_files_of_nonsense_are_refused_by_name(folder, file, content):
    (folder / file).write_bytes(content)
    with pytest.raises(RunError, match=file):
        read_trained(folder)


def test_a_folder_without_a_finished_epoch_can_be_read(tmp_path):
    trained(SGD, tmp_path, stop=np.ones(1, np.uint8))
    found = read_trained(tmp_path)
    assert (found.architecture, found.epochs) == (SGD.architecture, ())
    assert (found.weights, found.best, found.failure) == (None, None, None)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda bias: bias + np.nan, "not finite"),
        (lambda bias: bias.astype(np.float64), "must be float32"),
        (lambda bias: bias[None], "must be float32"),
        (lambda bias: bias[:-1], "the model has .* weights, and there are"),
    ],
)
def test_weights_that_do_not_fit_are_refused(folder, harm, message):
    path = folder / "weights.safetensors"
    weights = load_file(path)
    save_file({**weights, "bias": harm(weights["bias"])}, path)
    found = read_trained(folder)
    with pytest.raises(RunError, match=message):
        model_with(found.architecture, found.weights)


def test_a_model_of_another_size_is_refused_before_it_is_made(folder):
    path = folder / "model.json"
    model = json.loads(path.read_text())
    model["layers"][0][0]["n_units"] = 90_000
    path.write_text(json.dumps(model))
    found = read_trained(folder)
    with pytest.raises(RunError, match=r"the model has .* weights, and there are"):
        score_weights(found.architecture, found.weights, VALID)


def test_a_model_with_weights_computes_what_the_trained_one_did(whole):
    found, _ = whole["sgd"]
    model = model_with(found.architecture, found.weights)
    assert score(model, VALID) == found.best.valid_loss


def test_settings_that_cannot_be_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="`threads`"):
        trained(threads=0)
    with pytest.raises(ConfigError, match="'cpu', 'cuda' or 'auto'"):
        train_long(SGD, TRAIN, VALID, None, np.zeros(1, np.uint8), device="gpu")
    with pytest.raises(DataError, match="Give a longer text"):
        trained(folder=tmp_path / "none", train=TRAIN[:20])
    assert not (tmp_path / "none").exists()


def test_places_and_threads():
    assert place("cpu").type == "cpu"
    before = torch.get_num_threads()
    with torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


EPOCHS = (
    Epoch(0, 0.1 + 0.2, 5.4321234567891234, 5.1, 12.5, 1000),
    Epoch(1, 1e-300, 4.0, 800.0, 0.0, 1000),
    Epoch(2, 1.0, math.inf, math.inf, 3.25, 10, "its loss was inf, in epoch 3"),
)


@pytest.mark.parametrize("n", range(4))
def test_a_curve_is_read_as_it_was_written(n):
    assert epochs_in(curve_csv(EPOCHS[:n])) == EPOCHS[:n]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("epoch,", "epok,"), ("1,0.3", "2,0.3"), ("5.1,12.500", "inf,12.500"),
        (",12.500,", ",-1,"), (",12.500,", ",nan,"), (",1000,", ",-3,"), (",1000,", ",1e3,"),
        (",1000,\n2", ",1000,it failed\n2"), ("5.1,", ""), ("5.1", "x" * 140_000),
        ("5.1", "five"), (",1000,", f",{'9' * 5000},"),
    ],
)  # fmt: skip
def test_a_curve_of_other_values_is_refused(old, new):
    table = curve_csv(EPOCHS)
    assert old in table
    with pytest.raises(ValueError):  # noqa: PT011 - each fault has words of its own
        epochs_in(table.replace(old, new, 1))


def test_what_is_to_be_trained_and_what_was_read_need_no_torch(whole, tmp_path):
    path = tmp_path / "what"
    path.write_bytes(pickle.dumps((SGD, read_trained(whole["sgd"][1]))))
    code = (
        "import pickle, sys, pathlib; sys.modules['torch'] = None;"
        f"pickle.loads(pathlib.Path({str(path)!r}).read_bytes())"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_layers_of_one_cell_that_are_tied_train_too(tmp_path):
    what = LongTraining(tiny(tied=True, layer=layer_of(cells.get("gru"), 4)), SGD.schedule, 0)
    trained(growing(what, 2), tmp_path)
    same(trained(what, tmp_path), trained(what))
