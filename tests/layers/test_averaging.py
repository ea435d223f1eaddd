"""Averaged SGD: when the mean begins, what it is, and that trainings go on with it to the bit."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportMissingImports=false, reportOperatorIssue=false, reportArgumentType=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from safetensors.numpy import load_file

from cellcolony.errors import RunError
from cellcolony.layers.dropout import Dropout, Masks
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.mogrifier import Mogrifier
from cellcolony.layers.schedule import LEAST_STEPS, Schedule, random_lengths
from cellcolony.layers.trained import LongTraining, read_trained
from tests.layers.language import model_of, tiny, tokens

torch = pytest.importorskip("torch")

from cellcolony.layers import schedule as schedules  # noqa: E402
from cellcolony.layers import training_state  # noqa: E402
from cellcolony.layers.averaging import WeightAverage  # noqa: E402
from cellcolony.layers.long_training import score_weights, train_long  # noqa: E402
from cellcolony.layers.train import ModelTraining, side_by_side, windows  # noqa: E402
from cellcolony.layers.training_memory import memory_of, put_memory  # noqa: E402
from cellcolony.layers.training_state import OF_AVERAGE, OF_WEIGHTS  # noqa: E402

TRAIN, VALID = tokens(130, 1), tokens(30, 2)
DROPOUT = Dropout(0.3, 0.2, 0.1, 0.4, 0.0, 0.5)
DEEP = replace(kind_of("rhn-2").with_units(3), mogrifier=Mogrifier(2, 1))
N_EPOCHS = 5
SCHEDULE = Schedule(
    N_EPOCHS, batch=3, steps=10, learning_rate=0.5, decay=1.0, random_steps=True,
    activation_penalty=2.0, temporal_penalty=1.0, nonmonotone=1,
)  # fmt: skip
WHAT = {
    "plain": LongTraining(tiny(dropout=DROPOUT), SCHEDULE, seed=5),
    "deep": LongTraining(tiny(dropout=DROPOUT, layer=DEEP), SCHEDULE, seed=5),
}


def trained(what, folder=None, **options):
    stop = options.pop("stop", np.zeros(1, np.uint8))
    return train_long(what, TRAIN, VALID, folder, stop, device="cpu", **options)


def growing(what, epochs):
    return replace(what, schedule=replace(what.schedule, epochs=epochs))


def contents(folder):
    return {path.name: load_file(path) for path in folder.glob("*.safetensors")}


def losses(found):
    return [replace(epoch, seconds=0) for epoch in found.epochs]


def same(one, other):
    assert losses(one) == losses(other)
    np.testing.assert_equal(dict(one.weights), dict(other.weights))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Trainings at once, and their folders."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: (trained(what, folder / name), folder / name) for name, what in WHAT.items()}


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_mean_begins_where_the_published_algorithm_triggers(n):
    losses = [5.0, 4.0, 4.1, 3.9, 3.8, 3.95, 3.85, 3.9, 3.7, 4.2, 3.9, 3.8]
    average, logs, wanted = WeightAverage(model_of(tiny()), n), [], None
    for t, loss in enumerate(losses):  # algorithm 1 of Merity et al. 2017
        if wanted is None and t > n and loss > min(logs[: t - n]):
            wanted = t
        logs.append(loss)
    for t, loss in enumerate(losses):
        average.take_loss(loss)
        assert average.has_begun == (wanted is not None and t >= wanted)


def test_the_mean_is_that_of_the_weights_after_each_update():
    model = model_of(tiny())
    average, seen = WeightAverage(model, 5), []
    average.begin()
    rng = np.random.default_rng(0)
    for _ in range(6):
        with torch.no_grad():
            for one in model.parameters():
                one.add_(torch.from_numpy(rng.normal(size=tuple(one.shape)).astype(np.float32)))
        seen.append([one.detach().clone() for one in model.parameters()])
        average.take_update()
    for number, one in enumerate(model.parameters()):
        wanted = torch.stack([at[number] for at in seen]).mean(0)
        torch.testing.assert_close(average.means[number], wanted)
        kept = one.detach().clone()
        with average.in_place():
            torch.testing.assert_close(one.detach(), wanted)
        torch.testing.assert_close(one.detach(), kept, rtol=0, atol=0)


@pytest.mark.parametrize("name", WHAT)
def test_the_mean_has_begun_and_the_chosen_weights_are_those_that_were_scored(whole, name):
    found, folder = whole[name]
    memory = contents(folder)[f"checkpoint-{len(found.epochs)}.safetensors"]
    assert any(OF_AVERAGE in key for key in memory)
    assert (
        score_weights(found.architecture, found.weights, VALID, "cpu").mean == found.best.valid_loss
    )
    same(read_trained(folder), found)


@pytest.mark.parametrize("name", WHAT)
@pytest.mark.parametrize("ends", [range(1, N_EPOCHS), [3]], ids=["every epoch", "the third"])
def test_a_training_that_ended_after_any_epoch_goes_on_to_the_bit(whole, tmp_path, name, ends):
    found, folder = whole[name]
    for n in ends:
        part = trained(growing(WHAT[name], n), tmp_path)
        assert losses(part) == losses(found)[:n]
    same(trained(WHAT[name], tmp_path), found)
    np.testing.assert_equal(contents(tmp_path), contents(folder))


class Killed(BaseException):
    """The process ends here, as if it had been killed."""


@pytest.mark.parametrize("n", range(7, 14))
def test_a_training_that_was_killed_after_any_write_goes_on_to_the_bit(
    whole, tmp_path, monkeypatch, n
):
    n_writes, what = 0, WHAT["plain"]

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
            trained(what, tmp_path)
    read_trained(tmp_path)
    same(trained(what, tmp_path), whole["plain"][0])
    np.testing.assert_equal(contents(tmp_path), contents(whole["plain"][1]))


def test_weights_are_trained_on_while_the_mean_is_scored():
    model = model_of(tiny())
    training = ModelTraining(model, TRAIN, VALID, replace(SCHEDULE, nonmonotone=1), 0)
    training.average.begin()
    training.epoch(0)
    memory = memory_of(training)
    for name, one in model.named_parameters():
        np.testing.assert_array_equal(memory[OF_WEIGHTS + name], one.detach().numpy())
        assert not np.array_equal(memory[OF_AVERAGE + name], one.detach().numpy())


def test_windows_of_random_length_hold_every_word_once_and_are_drawn_again():
    text = side_by_side(tokens(4_000), 2)
    found = list(windows(text, random_lengths(30, np.random.default_rng(1))))
    lengths = [len(words) for words, _ in found]
    assert torch.equal(torch.cat([words for words, _ in found]), text[:-1])
    assert torch.equal(torch.cat([targets for _, targets in found]), text[1:])
    assert min(lengths[:-1]) >= LEAST_STEPS
    assert len({*lengths}) > 5
    again = list(windows(text, random_lengths(30, np.random.default_rng(1))))
    assert [len(words) for words, _ in again] == lengths


def test_lengths_are_around_the_steps_and_now_and_then_around_half_of_them():
    drawn = np.array(list(islice(random_lengths(70, np.random.default_rng(0)), 4_000)))
    half = drawn < 53
    assert 0.03 < half.mean() < 0.07
    assert abs(drawn[~half].mean() - 70) < 1
    assert abs(drawn[half].mean() - 35) < 2
    assert abs(drawn[~half].std() - 5) < 0.5


def test_penalties_are_those_of_the_published_loss():
    """In the unit of a mean over tokens, times the steps: alpha |m h|^2 + beta |h - h before|^2."""
    what = replace(SCHEDULE, epochs=1, random_steps=False, nonmonotone=0, clip=1e9, l2=0.0)
    text = tokens(33)  # one window of 10 steps and 3 texts
    model, plain = (model_of(tiny()).double() for _ in range(2))
    ModelTraining(model, text, text, what, 0).epoch(0)
    words = side_by_side(text, 3)
    y, _ = plain.read(words[:-1], None, Masks())
    loss = plain.loss(y, words[1:]) / 3
    penalties = 2.0 * (y**2).mean() + 1.0 * ((y[1:] - y[:-1]) ** 2).mean()
    (loss + 10 * penalties).backward()
    for one, before in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.detach(), before.detach() - what.learning_rate * before.grad)


def test_clip_and_decay_of_a_random_window_are_those_of_its_length(monkeypatch):
    monkeypatch.setattr(schedules, "random_lengths", lambda steps, rng: iter([10] * 9))
    usual = replace(SCHEDULE, epochs=1, nonmonotone=0, l2=0.02, clip=0.1)
    text, found = tokens(33), []
    for schedule in (replace(usual, steps=5), replace(usual, steps=10, l2=0.04, clip=0.2)):
        model = model_of(tiny()).double()
        ModelTraining(model, text, text, schedule, 0).epoch(0)
        found.append([one.detach().clone() for one in model.parameters()])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: {k: v for k, v in m.items() if k != "average_losses"}, "must be a list"),
        (lambda m: {**m, "average_losses": np.array([np.nan])}, "not finite"),
        (lambda m: {**m, "average_losses": np.zeros((2, 2))}, "must be a list"),
        (lambda m: {**m, "average_updates": np.array(-1.0)}, "must be a number from 0"),
        (lambda m: {**m, "average_updates": np.array(np.nan)}, "must be a number from 0"),
        (lambda m: {k: v for k, v in m.items() if k != "average_updates"}, "must be a number"),
        (lambda m: {**m, "average.bias": np.zeros(3, "f4")}, "must be float32"),
        (lambda m: {**m, "average.bias": np.full(7, np.inf, "f4")}, "not finite"),
        (lambda m: {k: v for k, v in m.items() if k != "average.bias"}, "must have the names"),
    ],
)
def test_a_damaged_average_is_refused(whole, tmp_path, change, message):
    what, folder = WHAT["plain"], tmp_path / "folder"
    shutil.copytree(whole["plain"][1], folder)
    settings = training_state.settings_of(what, TRAIN, VALID)
    state = training_state.open_folder(folder, settings)
    changed = replace(state, memory=change(dict(state.memory)))
    training_state.write_state(folder, settings, changed)
    with pytest.raises(RunError, match=rf"checkpoint\.json: .*{message}"):
        trained(growing(what, 9), folder)


def test_an_average_that_nobody_wants_is_refused():
    model = model_of(tiny())
    training = ModelTraining(model, TRAIN, VALID, SCHEDULE, 0)
    training.average.begin()
    memory = memory_of(training)
    del memory["average_losses"]
    other = ModelTraining(model, TRAIN, VALID, replace(SCHEDULE, nonmonotone=0), 0)
    with pytest.raises(RunError, match="`nonmonotone` is 0"):
        put_memory(other, memory)
