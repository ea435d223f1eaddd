"""The result of one epoch of a language model's training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Epoch:
    """The result of one epoch.

    Attributes:
        number: Counts from 0.
        rate: The learning rate.
        train_loss: The mean of -log p while it was trained, dropout included, in nats a token.
        valid_loss: The same on validation afterwards; infinite where the training failed.
        seconds: Wall time, validation included.
        n_tokens: How many tokens were trained on.
        failure: Why the training cannot go on; None where it can.
    """

    number: int
    rate: float
    train_loss: float
    valid_loss: float
    seconds: float
    n_tokens: int
    failure: str | None = None

    @property
    def perplexity(self) -> float:
        """The perplexity on validation."""
        return perplexity(self.valid_loss)


class TextLoss(NamedTuple):
    """How badly a model foretells a text.

    Attributes:
        mean: The mean of -log p over all tokens but the first, in nats a token.
        known: The same over those that are in the vocabulary, each as foretold from all before it;
            NaN where none is.
    """

    mean: float
    known: float


def bits_per_character(loss: float, n_tokens: int, n_characters: int) -> float:
    """Return the bits of a whole text, for each of its characters.

    Where tokens are unknown it is too low: which they are would cost more.

    Args:
        loss: The mean of -log p over all tokens but the first, in nats a token.
        n_tokens: The text's tokens.
        n_characters: Its characters.
    """
    return loss * (n_tokens - 1) / math.log(2) / n_characters


def perplexity(loss: float) -> float:
    """Return exp(loss), infinite where that is too large for a number."""
    return math.exp(loss) if loss < 700 else math.inf
