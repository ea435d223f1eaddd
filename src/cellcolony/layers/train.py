"""Train a language model by truncated back-propagation, the state carried from window to window.

Every random number is keyed by the seed and the epoch, so that a training that goes on after any
epoch equals, bit for bit, one that was never interrupted.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import repeat

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellcolony.layers.averaging import WeightAverage
from cellcolony.layers.dropout import draw_masks
from cellcolony.layers.epoch import Epoch, TextLoss
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.on_gpu import OnGpu
from cellcolony.layers.optimizers import SGD, Adam
from cellcolony.layers.schedule import Schedule, check_length, n_scored
from cellcolony.seeds import rng_for

Tokens = NDArray[np.int32]
SCORING_STEPS = 500
"""Steps of a window while a text is scored."""
LEAST_LANE = 200
"""Tokens of a piece: a shorter one would be scored with hardly any context."""


class ModelTraining:
    """Trains a model, epoch by epoch.

    Args:
        model: The model, with the weights that training starts from.
        train: `(tokens,)`, to learn from.
        valid: `(tokens,)`, scored after each epoch.
        schedule: How it is trained.
        seed: Keys the random masks of dropout.
        stop: `(1,)`; when it is not 0, the epoch ends at once and has no result.
        progress: Is called after each update with the share of the epoch that is done.

    Attributes:
        model: The model.
        schedule: How it is trained.
        optimizer: The optimizer of torch; its state is part of what is needed to go on.
        average: The mean of the weights over updates, if the schedule wants one; the same is true
            of it.

    Raises:
        DataError: The training text is too short for the batch.
    """

    def __init__(
        self,
        model: LanguageModel,
        train: Tokens,
        valid: Tokens,
        schedule: Schedule,
        seed: int,
        stop: NDArray[np.uint8] | None = None,
        progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        check_length(len(train), schedule)
        self.model = model
        self.schedule = schedule
        self._seed = seed
        self._stop = np.zeros(1, np.uint8) if stop is None else stop
        self._text = side_by_side(train, schedule.batch)
        self._valid = valid
        self._progress = progress
        kinds = {"sgd": SGD, "adam": Adam}
        self.optimizer = kinds[schedule.optimizer](
            model.parameters(), lr=schedule.first_rate, weight_decay=schedule.l2, foreach=True
        )
        self.average = WeightAverage(model, schedule.nonmonotone)
        self._recurrent_weights = model.architecture.recurrent_weights
        if schedule.random_steps:  # hardly two windows have one shape
            for layer in model.recurrent:
                layer.on_gpu = OnGpu(layer.on_gpu.products, graphs=False)

    def epoch(self, number: int, is_last: bool | None = None) -> Epoch | None:
        """Train for one epoch and score the validation text; None if the flag ended it.

        Args:
            number: Counts from 0.
            is_last: Whether the training ends after it, so that all of the validation text is
                scored; None for where the schedule ends.
        """
        began, schedule = time.perf_counter(), self.schedule
        rng = rng_for(self._seed, number, "masks")
        state = self.model.zeros(schedule.batch)
        total = torch.zeros((), dtype=torch.float64)
        n_tokens = 0
        failure = None
        text, share = _part(self._text, number % schedule.parts, schedule.parts), 0.0
        for words, targets in windows(text, schedule.lengths(self._seed, number)):
            if self._stop[0]:
                return None
            for group in self.optimizer.param_groups:
                group["lr"] = schedule.rate(number, share)
            loss, state = self._update(words, targets, state, rng)
            total += loss.cpu()
            n_tokens += targets.numel()
            share = n_tokens / (text.numel() - schedule.batch)
            self._progress(share)
            if not math.isfinite(total):
                failure = f"its loss was {float(loss)} in epoch {number + 1}"
                break
        train_loss = float(total) / n_tokens
        valid_loss = math.inf
        if failure is None:
            with self.average.in_place():
                valid_loss = score(self.model, self._scored(number, is_last), schedule.lanes)
            if not math.isfinite(valid_loss):
                failure = f"its validation loss was {valid_loss} after epoch {number + 1}"
                valid_loss = math.inf
            self.average.take_loss(valid_loss)
        seconds = time.perf_counter() - began
        rate = schedule.rate(number)
        return Epoch(number, rate, train_loss, valid_loss, seconds, n_tokens, failure)

    def _scored(self, number: int, is_last: bool | None) -> Tokens:
        """Return what is scored after an epoch: the validation text, or the beginning of it."""
        if number + 1 >= self.schedule.epochs if is_last is None else is_last:
            return self._valid
        return self._valid[: n_scored(len(self._valid), self.schedule)]

    def _update(self, words: Tensor, targets: Tensor, state, rng: np.random.Generator):
        """Take a step of the optimizer; return the summed loss, and the state after the window."""
        model, schedule = self.model, self.schedule
        device = model.bias.device
        architecture = model.architecture
        masks = draw_masks(
            architecture.dropout, architecture.widths, architecture.n_words, schedule.batch, rng,
            self._recurrent_weights,
        )  # fmt: skip
        output, state = model.read(words.to(device), state, masks)
        dropped = model.dropped(output, masks)
        loss = model.loss(model.projected(dropped), targets.to(device))
        self.optimizer.zero_grad(set_to_none=True)
        (loss / schedule.batch + penalty(schedule, output, dropped)).backward()
        clip = schedule.clip
        if schedule.random_steps:
            share = len(words) / schedule.steps
            clip *= share
            for group in self.optimizer.param_groups:
                group["weight_decay"] = schedule.l2 * share
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip, foreach=True)
        self.optimizer.step()
        self.average.take_update()
        return loss.detach(), state


def penalty(schedule: Schedule, output: Tensor, dropped: Tensor) -> Tensor | float:
    """Return what a window's loss has added, in the unit of the schedule: summed over the steps.

    Source: Merity et al. 2017, section 3.6 and 3.7.

    Args:
        schedule: Has the factors.
        output: `(time, batch, units)`, of the last layer.
        dropped: The same after dropout.
    """
    total: Tensor | float = 0.0
    if schedule.activation_penalty:
        total = schedule.activation_penalty * dropped.square().mean() * len(output)
    if schedule.temporal_penalty and len(output) > 1:
        changes = (output[1:] - output[:-1]).square().mean()
        total = total + schedule.temporal_penalty * changes * len(output)
    return total


def side_by_side(tokens: Tokens, batch: int) -> Tensor:
    """Cut a text into pieces of equal length: `(length, batch) int64`; the rest is dropped."""
    length = len(tokens) // batch
    pieces = np.ascontiguousarray(tokens[: length * batch].reshape(batch, length).T)
    return torch.from_numpy(pieces.astype(np.int64))


def _part(text: Tensor, number: int, n_parts: int) -> Tensor:
    """Return one of so many parts of a text, with the words that follow its last ones."""
    begin, end = (len(text) * at // n_parts for at in (number, number + 1))
    return text[begin : end + 1]


def windows(text: Tensor, steps: int | Iterator[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the words of each window, and those that follow them: `(at most steps, batch)` each.

    Args:
        text: `(length, batch)`.
        steps: The steps of every window, or of one after the other.
    """
    lengths, begin = repeat(steps) if isinstance(steps, int) else steps, 0
    while begin < len(text) - 1:
        end = min(begin + next(lengths), len(text) - 1)
        yield text[begin:end], text[begin + 1 : end + 1]
        begin = end


def score(model: LanguageModel, tokens: Tokens, lanes: int = 1) -> float:
    """Return the mean of -log p over a text, in nats a token: see `score_known`."""
    return score_known(model, tokens, None, lanes).mean


@torch.no_grad()
def score_known(
    model: LanguageModel, tokens: Tokens, unknown: int | None, lanes: int = 1
) -> TextLoss:
    """Score a text, and its known tokens apart.

    It is one pass from the first token with zero state, without dropout. The first token is not
    scored, as no other precedes it.

    Args:
        model: The model.
        tokens: `(tokens,)`, at least 2.
        unknown: The number of the token that stands for all unknown ones; None for none.
        lanes: Into so many pieces the text is cut; they are scored side by side, each from zero
            state and without its first token: faster, and a little higher.
    """
    lanes = _lanes(len(tokens), lanes)
    text, total, of_unknown, n_unknown = side_by_side(tokens, lanes), 0.0, 0.0, 0
    state, device = model.zeros(lanes), model.bias.device
    for words, targets in windows(text, SCORING_STEPS):
        hidden, state = model(words.to(device), state)
        targets = targets.to(device)
        total += float(model.loss(hidden, targets))
        if unknown is not None and (is_unknown := targets == unknown).any():
            of_unknown += float(model.loss(hidden[is_unknown], targets[is_unknown]))
            n_unknown += int(is_unknown.sum())
    n = lanes * (len(text) - 1)
    known = (total - of_unknown) / (n - n_unknown) if n > n_unknown else math.nan
    return TextLoss(total / n, known)


@torch.no_grad()
def probabilities(model: LanguageModel, tokens: Tokens, lanes: int = 1) -> NDArray[np.float32]:
    """Return the probability of each token of a text, as foretold from all before it.

    It is the pass of `score_known`.

    Args:
        model: The model.
        tokens: `(tokens,)`, at least 2.
        lanes: As for `score_known`; one by default.

    Returns:
        `(scored,)`: of the tokens that `scored_places` says; in one lane, of all but the first.
    """
    lanes = _lanes(len(tokens), lanes)
    found, state, device = [], model.zeros(lanes), model.bias.device
    for words, targets in windows(side_by_side(tokens, lanes), SCORING_STEPS):
        hidden, state = model(words.to(device), state)
        told = model.log_probabilities(hidden).gather(-1, targets.to(device)[..., None])
        found.append(told.exp().flatten().cpu().numpy())
    return np.concatenate(found)


def scored_places(n_tokens: int, lanes: int = 1) -> NDArray[np.int64]:
    """Return which tokens of a text `probabilities` tells, by number, in its order: `(scored,)`."""
    text = side_by_side(np.arange(n_tokens, dtype=np.int32), _lanes(n_tokens, lanes))
    return text[1:].flatten().numpy()


def _lanes(n_tokens: int, lanes: int) -> int:
    return max(1, min(lanes, n_tokens // LEAST_LANE))
