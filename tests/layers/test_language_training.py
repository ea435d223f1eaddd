"""Training of language models: one step by hand, the carried state, rates, and what is refused."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError, DataError
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.dropout import Dropout
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.layer import layer_of
from cellcolony.layers.schedule import Schedule
from tests.layers.language import model_of, tiny, tokens

torch = pytest.importorskip("torch")

from cellcolony.layers import train  # noqa: E402

LSTM = layer_of(cells.get("lstm"), 4)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_a_text_is_laid_side_by_side_and_cut_into_windows_that_follow_each_other():
    text = train.side_by_side(np.arange(11, dtype=np.int32), 2)
    assert text.T.tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    found = list(train.windows(text, 3))
    assert [words[:, 0].tolist() for words, _ in found] == [[0, 1, 2], [3]]
    assert [targets[:, 1].tolist() for _, targets in found] == [[6, 7, 8], [9]]


def test_two_windows_in_a_row_have_the_loss_of_a_long_one():
    model, text = model_of(tiny()).double(), torch.from_numpy(tokens(13).astype(np.int64))[:, None]
    with torch.no_grad():
        hidden, _ = model(text[:-1], model.zeros(1))
        whole, state, parts = model.loss(hidden, text[1:]), model.zeros(1), 0.0
        for words, targets in train.windows(text, 5):
            hidden, state = model(words, state)
            parts = parts + model.loss(hidden, targets)
    torch.testing.assert_close(parts, whole, rtol=1e-12, atol=0)


@pytest.mark.parametrize("steps", [1, 4, 500])
def test_a_score_is_the_mean_over_all_words_but_the_first_whatever_the_windows(monkeypatch, steps):
    monkeypatch.setattr(train, "SCORING_STEPS", steps)
    model, text = model_of(tiny(dropout=Dropout(0.5, 0.5, 0.5))).double(), tokens(12)
    state, total = model.zeros(1), 0.0
    with torch.no_grad():
        for word, following in pairwise(text):
            hidden, state = model(torch.tensor([[int(word)]]), state)
            total -= model.log_probabilities(hidden)[0, 0, following].item()
    assert train.score(model, text) == pytest.approx(total / 11, rel=1e-12)


@pytest.mark.parametrize("clip", [1e9, 0.5])
def test_a_step_of_sgd_is_the_papers(clip):
    """The loss is summed over steps and divided by the batch; clipped; then comes the L2."""
    schedule = Schedule(epochs=1, batch=2, steps=5, clip=clip, l2=0.01, learning_rate=0.7)
    text = tokens(12)  # one window of 5 steps
    model, same = (model_of(tiny(layer=LSTM)).double() for _ in range(2))
    train.ModelTraining(model, text, text, schedule, 0).epoch(0)
    words = train.side_by_side(text, 2)
    hidden, _ = same(words[:-1], same.zeros(2))
    scores = torch.log_softmax(hidden @ same.softmax.T + same.bias, -1)
    loss = -scores.gather(2, words[1:, :, None]).sum() / 2
    parameters = dict(same.named_parameters())
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    norm = math.sqrt(sum(float((one**2).sum()) for one in gradients))
    assert norm > 0.5
    shorter = min(1.0, clip / (norm + 1e-6))
    for (name, before), gradient in zip(parameters.items(), gradients, strict=True):
        wanted = before - 0.7 * (gradient * shorter + 0.01 * before)
        torch.testing.assert_close(dict(model.named_parameters())[name], wanted)


def test_the_state_is_carried_over_the_windows_of_an_epoch():
    """With a rate that changes nothing, the loss of training is that of one long window."""
    model, text = model_of(tiny()).double(), tokens(42)
    schedule = Schedule(epochs=1, batch=2, steps=3, learning_rate=1e-300, l2=0.0)
    epoch = train.ModelTraining(model, text, text, schedule, 0).epoch(0)
    words = train.side_by_side(text, 2)
    with torch.no_grad():
        hidden, _ = model(words[:-1], model.zeros(2))
        wanted = float(model.loss(hidden, words[1:])) / 40
    assert epoch.train_loss == pytest.approx(wanted, rel=1e-12)
    assert epoch.n_tokens == 40
    assert epoch.valid_loss == train.score(model, text)


def test_an_epoch_is_keyed_by_seed_and_number_alone():
    found = []
    for seed, number in ((1, 0), (1, 0), (2, 0), (1, 1)):
        training = train.ModelTraining(model_of(tiny(dropout=Dropout(0.5))), tokens(60), tokens(20),
                                  Schedule(batch=2, steps=5), seed)  # fmt: skip
        found.append(training.epoch(number).train_loss)
    assert found[0] == found[1]
    assert len(set(found)) == 3


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_tiny_model_learns_a_tiny_text_by_heart(optimizer):
    text = np.tile(np.array([0, 1, 2, 0, 3, 4, 0, 5, 6], np.int32), 30)
    model = model_of(tiny(layer=layer_of(cells.get("lstm"), 12), n_layers=1))
    rate = {"sgd": 1.0, "adam": 0.03}[optimizer]
    schedule = Schedule(epochs=12, batch=4, steps=9, optimizer=optimizer, learning_rate=rate,
                        full_epochs=12, clip=5.0, l2=0.0)  # fmt: skip
    training = train.ModelTraining(model, text, text, schedule, 0)
    losses = [training.epoch(number).valid_loss for number in range(12)]
    assert perplexity(losses[-1]) < 1.3
    assert losses[-1] < losses[0]


def test_a_flag_ends_an_epoch_which_then_counts_for_nothing():
    stop, shares = np.zeros(1, np.uint8), []

    def progress(share):
        shares.append(share)
        stop[0] = len(shares) == 2

    schedule = Schedule(batch=2, steps=5)
    training = train.ModelTraining(
        model_of(tiny()), tokens(60), tokens(9), schedule, 0, stop, progress
    )
    assert training.epoch(0) is None
    assert shares == [pytest.approx(10 / 58), pytest.approx(20 / 58)]


def test_a_training_that_diverges_says_why():
    schedule = Schedule(batch=2, steps=5, learning_rate=1e30, l2=0.0, clip=1e30)
    epoch = train.ModelTraining(model_of(tiny()), tokens(60), tokens(9), schedule, 0).epoch(0)
    assert "loss was" in epoch.failure
    assert "epoch 1" in epoch.failure
    assert epoch.valid_loss == epoch.perplexity == math.inf


def test_a_text_that_is_shorter_than_a_batch_is_refused():
    schedule = Schedule(batch=4, steps=5)
    train.check_length(24, schedule)
    with pytest.raises(DataError, match=r"23 tokens, and one window of 4 pieces x 5 .* needs 24"):
        train.ModelTraining(model_of(tiny()), tokens(23), tokens(9), schedule, 0)


def test_rates_are_those_of_the_papers():
    zaremba = Schedule(full_epochs=4, decay=0.5)
    assert [zaremba.rate(n) for n in range(7)] == [1, 1, 1, 1, 0.5, 0.25, 0.125]
    ours = Schedule()
    assert [ours.rate(n) for n in (0, 5)] == [1, 1]
    assert ours.rate(6) == pytest.approx(0.9)
    assert ours.rate(8) == pytest.approx(0.9**3)
    assert Schedule(optimizer="adam").rate(0) == 0.003
    assert Schedule(learning_rate=5.0, full_epochs=0, decay=0.5).rate(0) == 2.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0), ("epochs", 1.5), ("batch", 0), ("batch", True), ("steps", -3),
        ("full_epochs", -1), ("optimizer", "sdg"), ("learning_rate", 0.0),
        ("learning_rate", float("nan")), ("decay", 0.0), ("decay", 1.1), ("clip", 0.0),
        ("l2", -1e-9), ("l2", float("nan")), ("l2", float("inf")),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=f"`{name}` must be .*Got"):
        Schedule(**{name: value})


def test_perplexity_is_the_exponential_of_the_loss_and_never_overflows():
    assert perplexity(0.0) == 1.0
    assert perplexity(math.inf) == perplexity(800.0) == math.inf


def test_a_cosine_falls_from_update_to_update_to_nothing():
    schedule = Schedule(epochs=4, learning_rate=0.02, shape="cosine")
    assert schedule.rate(0) == 0.02
    assert schedule.rate(2) == pytest.approx(0.01)
    assert schedule.rate(1, 0.5) == pytest.approx(0.02 * 0.5 * (1 + math.cos(math.pi * 1.5 / 4)))
    assert schedule.rate(3, 1.0) == pytest.approx(0, abs=1e-15)


def test_the_updates_of_an_epoch_have_the_rates_of_the_schedule(monkeypatch):
    rates = []
    update = train.ModelTraining._update

    def noted(training, *rest):
        rates.append(training.optimizer.param_groups[0]["lr"])
        return update(training, *rest)

    monkeypatch.setattr(train.ModelTraining, "_update", noted)
    schedule = Schedule(epochs=2, batch=2, steps=5, shape="cosine", learning_rate=1.0)
    training = train.ModelTraining(model_of(tiny()), tokens(42), tokens(9), schedule, 0)
    for number in range(2):
        training.epoch(number)
    assert len(rates) == 8
    assert rates == [schedule.rate(n // 4, n % 4 * 5 / 20) for n in range(8)]


def test_the_parts_of_an_epoch_are_together_the_whole_text():
    text = train.side_by_side(np.arange(101, dtype=np.int32), 2)
    parts = [train._part(text, number, 3) for number in range(3)]
    seen = [words for part in parts for words, _ in train.windows(part, 7)]
    assert torch.cat(seen).tolist() == text[:-1].tolist()
    schedule = Schedule(epochs=2, parts=3, batch=2, steps=5)
    training = train.ModelTraining(model_of(tiny()), tokens(200), tokens(9), schedule, 0)
    assert sum(training.epoch(number).n_tokens for number in range(3)) == 198
    with pytest.raises(DataError, match=r"in each of 3 parts needs 36.*smaller `parts`"):
        train.ModelTraining(model_of(tiny()), tokens(35), tokens(9), schedule, 0)


def test_a_score_in_lanes_leaves_out_the_first_word_of_each(monkeypatch):
    monkeypatch.setattr(train, "LEAST_LANE", 10)
    model, text = model_of(tiny()).double(), tokens(64)
    each = [train.score(model, text[begin : begin + 16]) for begin in range(0, 64, 16)]
    assert train.score(model, text, 4) == pytest.approx(np.mean(each), rel=1e-12)
    assert train.score(model, text, 100) == pytest.approx(
        np.mean([train.score(model, text[10 * i : 10 * i + 10]) for i in range(6)]), rel=1e-12
    )


def test_equal_weights_give_a_larger_cell_fewer_units():
    settings = ModelSettings(hidden=64, layers=2, like="gru")
    gru, lstm, mgu = (settings.of(cells.get(name), 1000) for name in ("gru", "lstm", "mgu"))
    assert gru.layers[0].n_units == 64
    assert lstm.layers[0].n_units < 64 < mgu.layers[0].n_units
    for one in (lstm, mgu):
        more = [layer_of(layer.groups[0].cell, layer.n_units + 1) for layer in one.layers]
        assert one.n_weights <= gru.n_weights < replace(one, layers=tuple(more)).n_weights
    with pytest.raises(ConfigError, match="no cell 'grru'"):
        ModelSettings(like="grru")


def test_after_all_epochs_but_the_last_the_beginning_of_the_validation_text_is_scored(monkeypatch):
    scored = []
    monkeypatch.setattr(train, "score", lambda model, text, lanes: scored.append(len(text)) or 1.0)
    schedule = Schedule(epochs=3, batch=2, steps=5, scored=0.25)
    training = train.ModelTraining(model_of(tiny()), tokens(42), tokens(40), schedule, 0)
    for number in range(3):
        training.epoch(number)
    assert scored == [10, 10, 40]
