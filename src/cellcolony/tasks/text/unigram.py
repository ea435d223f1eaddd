"""The floor: a model that knows only how often each word comes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cellcolony.layers.epoch import TextLoss


def unigram_loss(
    train: NDArray[np.int32], text: NDArray[np.int32], n_words: int, unknown: int | None = None
) -> TextLoss:
    """Score a text by it.

    p is how often the training text has the word, each word counted once more (Laplace).

    Args:
        train: `(tokens,)`, to count in.
        text: `(tokens,)`, to score.
        n_words: The size of the vocabulary.
        unknown: The number of the token that stands for all unknown ones; None for none.
    """
    counts = np.bincount(train, minlength=n_words) + 1.0
    losses = -np.log(counts[text[1:]] / counts.sum())
    known = losses[text[1:] != unknown] if unknown is not None else losses
    return TextLoss(float(losses.mean()), float(known.mean()) if len(known) else math.nan)
