"""The floor: a model that knows only how often each word comes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def unigram_loss(train: NDArray[np.int32], text: NDArray[np.int32], n_words: int) -> float:
    """Return the mean of -log p over all tokens of a text but the first, in nats a token.

    p is how often the training text has the word, each word counted once more (Laplace).

    Args:
        train: `(tokens,)`, to count in.
        text: `(tokens,)`, to score.
        n_words: The size of the vocabulary.
    """
    counts = np.bincount(train, minlength=n_words) + 1.0
    return float(-np.log(counts[text[1:]] / counts.sum()).mean())
