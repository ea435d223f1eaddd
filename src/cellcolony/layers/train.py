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

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellcolony.layers.dropout import draw_masks
from cellcolony.layers.epoch import Epoch, TextLoss
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.schedule import Schedule, check_length
from cellcolony.seeds import rng_for

Tokens = NDArray[np.int32]
SCORING_STEPS = 500
"""Steps of a window while a text is scored."""


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
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
        self.optimizer = kinds[schedule.optimizer](
            model.parameters(), lr=schedule.first_rate, weight_decay=schedule.l2, foreach=True
        )

    def epoch(self, number: int) -> Epoch | None:
        """Train for one epoch and score the validation text; None if the flag ended it.

        Args:
            number: Counts from 0.
        """
        began, schedule = time.perf_counter(), self.schedule
        rate = schedule.rate(number)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rng = rng_for(self._seed, number, "masks")
        state = self.model.zeros(schedule.batch)
        total = torch.zeros((), dtype=torch.float64)
        n_tokens = 0
        failure = None
        for words, targets in windows(self._text, schedule.steps):
            if self._stop[0]:
                return None
            loss, state = self._update(words, targets, state, rng)
            total += loss.cpu()
            n_tokens += targets.numel()
            self._progress(n_tokens / (self._text.numel() - schedule.batch))
            if not math.isfinite(total):
                failure = f"its loss was {float(loss)} in epoch {number + 1}"
                break
        train_loss = float(total) / n_tokens
        valid_loss = math.inf
        if failure is None:
            valid_loss = score(self.model, self._valid)
            if not math.isfinite(valid_loss):
                failure = f"its validation loss was {valid_loss} after epoch {number + 1}"
                valid_loss = math.inf
        seconds = time.perf_counter() - began
        return Epoch(number, rate, train_loss, valid_loss, seconds, n_tokens, failure)

    def _update(self, words: Tensor, targets: Tensor, state, rng: np.random.Generator):
        """Take a step of the optimizer; return the summed loss, and the state after the window."""
        model, schedule = self.model, self.schedule
        device = model.bias.device
        architecture = model.architecture
        masks = draw_masks(
            architecture.dropout, architecture.widths, architecture.n_words, schedule.batch, rng
        )
        hidden, state = model(words.to(device), state, masks)
        loss = model.loss(hidden, targets.to(device))
        self.optimizer.zero_grad(set_to_none=True)
        (loss / schedule.batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), schedule.clip, foreach=True)
        self.optimizer.step()
        return loss.detach(), state


def side_by_side(tokens: Tokens, batch: int) -> Tensor:
    """Cut a text into pieces of equal length: `(length, batch) int64`; the rest is dropped."""
    length = len(tokens) // batch
    pieces = np.ascontiguousarray(tokens[: length * batch].reshape(batch, length).T)
    return torch.from_numpy(pieces.astype(np.int64))


def windows(text: Tensor, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the words of each window, and those that follow them: `(at most steps, batch)` each."""
    for begin in range(0, len(text) - 1, steps):
        end = min(begin + steps, len(text) - 1)
        yield text[begin:end], text[begin + 1 : end + 1]


def score(model: LanguageModel, tokens: Tokens) -> float:
    """Return the mean of -log p over a text, in nats a token: see `score_known`."""
    return score_known(model, tokens, None).mean


@torch.no_grad()
def score_known(model: LanguageModel, tokens: Tokens, unknown: int | None) -> TextLoss:
    """Score a text, and its known tokens apart.

    It is one pass from the first token with zero state, without dropout. The first token is not
    scored, as no other precedes it.

    Args:
        model: The model.
        tokens: `(tokens,)`, at least 2.
        unknown: The number of the token that stands for all unknown ones; None for none.
    """
    text, total, of_unknown, n_unknown = side_by_side(tokens, 1), 0.0, 0.0, 0
    state, device = model.zeros(1), model.bias.device
    for words, targets in windows(text, SCORING_STEPS):
        hidden, state = model(words.to(device), state)
        targets = targets.to(device)
        total += float(model.loss(hidden, targets))
        if unknown is not None and (is_unknown := targets == unknown).any():
            of_unknown += float(model.loss(hidden[is_unknown], targets[is_unknown]))
            n_unknown += int(is_unknown.sum())
    n = len(text) - 1
    known = (total - of_unknown) / (n - n_unknown) if n > n_unknown else math.nan
    return TextLoss(total / n, known)
