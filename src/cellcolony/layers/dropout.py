"""Dropout whose masks are drawn once a window and stay the same in all its steps.

Source: Y. Gal & Z. Ghahramani 2016, "A Theoretically Grounded Application of Dropout in Recurrent
Neural Networks": what enters a layer, what it sees of its own output, and whole words are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from cellcolony.settings import settings

Reals = NDArray[np.float32]
Dropped = Annotated[float, Ge(0), Lt(1)]
"""A share of numbers that is dropped."""


@settings
class Dropout:
    """Which share of the numbers is dropped.

    Attributes:
        forward: Of what enters each layer, and leaves the last one.
        recurrent: Of what a layer sees of its own output.
        embedding: Of the words: one that is dropped is dropped wherever a window has it.

    Raises:
        ConfigError: A share is not in [0, 1).
    """

    forward: Dropped = 0.0
    recurrent: Dropped = 0.0
    embedding: Dropped = 0.0


@dataclass(frozen=True, eq=False)
class Masks:
    """What the numbers of a window are multiplied by; None where nothing is dropped.

    Attributes:
        forward: For what enters each layer, and leaves the last one: `(batch, units)` each.
        recurrent: For each layer's own output: `(batch, units)` each.
        words: `(words,)`.
    """

    forward: tuple[Reals, ...] | None
    recurrent: tuple[Reals, ...] | None
    words: Reals | None


def draw_masks(
    dropout: Dropout, widths: tuple[int, ...], n_words: int, batch: int, rng: np.random.Generator
) -> Masks:
    """Draw the masks of a window: 0 where a number is dropped, else 1 / (1 - share).

    Args:
        dropout: The shares.
        widths: The numbers that enter each layer, then those that leave the last one.
        n_words: The size of the vocabulary.
        batch: How many texts lie side by side.
        rng: The source of chance.
    """
    own = widths[1:]
    forward = tuple(_mask(dropout.forward, (batch, n), rng) for n in widths)
    recurrent = tuple(_mask(dropout.recurrent, (batch, n), rng) for n in own)
    return Masks(
        forward if dropout.forward else None,
        recurrent if dropout.recurrent else None,
        _mask(dropout.embedding, (n_words,), rng) if dropout.embedding else None,
    )


def _mask(share: float, shape: tuple[int, ...], rng: np.random.Generator) -> Reals:
    kept = rng.random(shape, np.float32) >= share
    return kept.astype(np.float32) / np.float32(1.0 - share)
