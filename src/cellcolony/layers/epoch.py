"""The result of one epoch of a language model's training."""

from __future__ import annotations

import math
from dataclasses import dataclass


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


def perplexity(loss: float) -> float:
    """Return exp(loss), infinite where that is too large for a number."""
    return math.exp(loss) if loss < 700 else math.inf
