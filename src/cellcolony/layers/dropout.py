"""Dropout whose masks are drawn once a window and stay the same in all its steps.

Source: Y. Gal & Z. Ghahramani 2016, "A Theoretically Grounded Application of Dropout in Recurrent
Neural Networks": what enters a layer, what it sees of its own output, and whole words are dropped.
All gates see the same mask (their "tied weights"; their program draws one for each gate), and a
word is dropped for all texts of a batch at once, as Merity et al. 2017 do.

Source: S. Merity, N. S. Keskar, R. Socher 2017, "Regularizing and Optimizing LSTM Language Models",
section 2: recurrent weights are dropped instead of outputs (L. Wan et al. 2013, DropConnect).
"""

from __future__ import annotations

from collections.abc import Sequence
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
        input: Of what enters the first layer; None for `forward`.
        output: Of what leaves the last one; None for `forward`.
        weights: Of each layer's recurrent weights.

    Raises:
        ConfigError: A share is not in [0, 1).
    """

    forward: Dropped = 0.0
    recurrent: Dropped = 0.0
    embedding: Dropped = 0.0
    input: Dropped | None = None
    output: Dropped | None = None
    weights: Dropped = 0.0

    def to_dict(self) -> dict[str, float]:
        """Return the shares; those that are not set are left out but for the first three.

        The first three are those that earlier versions of the program knew.
        """
        plain = {"forward": self.forward, "recurrent": self.recurrent, "embedding": self.embedding}
        later = {"input": self.input, "output": self.output, "weights": self.weights or None}
        return plain | {name: share for name, share in later.items() if share is not None}

    def between(self, n_layers: int) -> tuple[float, ...]:
        """Return the share of what enters each layer, then of what leaves the last one."""
        first, last = (
            self.forward if share is None else share for share in (self.input, self.output)
        )
        return (first, *(self.forward,) * (n_layers - 1), last)


@dataclass(frozen=True, eq=False)
class Masks:
    """What the numbers of a window are multiplied by; None where nothing is dropped.

    Attributes:
        forward: For what enters each layer, and leaves the last one: `(batch, units)` each.
        recurrent: For each layer's own output: `(batch, units)` each.
        words: `(words,)`.
        weights: For each layer's recurrent weights, of their shape.
    """

    forward: tuple[Reals, ...] | None = None
    recurrent: tuple[Reals, ...] | None = None
    words: Reals | None = None
    weights: tuple[Reals, ...] | None = None


def draw_masks(
    dropout: Dropout, widths: tuple[int, ...], n_words: int, batch: int, rng: np.random.Generator,
    recurrent_weights: Sequence[tuple[int, ...]] = (),
) -> Masks:  # fmt: skip
    """Draw the masks of a window: 0 where a number is dropped, else 1 / (1 - share).

    Args:
        dropout: The shares.
        widths: The numbers that enter each layer, then those that leave the last one.
        n_words: The size of the vocabulary.
        batch: How many texts lie side by side.
        rng: The source of chance.
        recurrent_weights: The shape of each layer's recurrent weights.
    """
    own, between = widths[1:], dropout.between(len(widths) - 1)
    forward = tuple(_mask(p, (batch, n), rng) for p, n in zip(between, widths, strict=True))
    recurrent = tuple(_mask(dropout.recurrent, (batch, n), rng) for n in own)
    words = _mask(dropout.embedding, (n_words,), rng) if dropout.embedding else None
    weights = None
    if dropout.weights:
        weights = tuple(_mask(dropout.weights, shape, rng) for shape in recurrent_weights)
    return Masks(
        forward if any(between) else None, recurrent if dropout.recurrent else None, words, weights
    )


def _mask(share: float, shape: tuple[int, ...], rng: np.random.Generator) -> Reals:
    kept = rng.random(shape, np.float32) >= share
    return kept.astype(np.float32) / np.float32(1.0 - share)
