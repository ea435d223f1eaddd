"""A language model as a `torch.nn.Module`: embedding, layers of any cells, softmax."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from cellcolony.layers.architecture import Architecture
from cellcolony.layers.dropout import Masks
from cellcolony.layers.layer import Layer
from cellcolony.layers.softmax import (
    Tails,
    cross_entropy,
    tailed_cross_entropy,
    tailed_log_probabilities,
)
from cellcolony.layers.stepped import SteppedLayer
from cellcolony.layers.torch import Carried, RecurrentLayer


class LanguageModel(nn.Module):
    """Predicts the next word of a text.

    Args:
        architecture: What it is made of.
        rng: Draws the first weights.

    Attributes:
        embedding: `(words, numbers)`.
        layers: The recurrent layers.
        softmax: `(words, units)`; None where it is tied to the embedding.
        projection: `(numbers, units)`, from the last layer to the tied matrix, as Press & Wolf 2016
            have it; None where both are of one size. It has no bias.
        bias: `(words,)`.
        tails: `(tails, units)`, a row for each tail of the softmax; None where it has none.
        bias_of_tails: `(tails,)`, or None.
    """

    def __init__(self, architecture: Architecture, rng: np.random.Generator) -> None:
        super().__init__()
        self.architecture = architecture
        widths, n_words = architecture.widths, architecture.n_words
        bound_of_words = architecture.bound_embedding or architecture.bound
        self.embedding = _matrix(n_words, widths[0], bound_of_words, rng)
        self.layers = nn.ModuleList(
            module_of(layer, n_inputs, rng, architecture.bound)
            for layer, n_inputs in zip(architecture.layers, widths, strict=False)
        )
        self.softmax = None
        if not architecture.tied:
            self.softmax = _matrix(n_words, widths[-1], bound_of_words, rng)
        self.projection = None
        if architecture.is_projected:
            self.projection = _matrix(widths[0], widths[-1], architecture.bound, rng)
        self.bias = nn.Parameter(torch.zeros(n_words))
        self.tails = self.bias_of_tails = None
        if n_tails := len(architecture.cutoffs):
            self.tails = _matrix(n_tails, architecture.n_scored, bound_of_words, rng)
            self.bias_of_tails = nn.Parameter(torch.zeros(n_tails))

    def zeros(self, batch: int) -> tuple[Carried, ...]:
        """Return the state before a text's first word."""
        return tuple(layer.zeros(batch) for layer in self.recurrent)

    def forward(
        self, words: Tensor, state: Sequence[Carried] | None = None, masks: Masks | None = None
    ) -> tuple[Tensor, tuple[Carried, ...]]:
        """Compute what enters the softmax.

        Args:
            words: `(time, batch) int64`.
            state: What the window before returned; `zeros` if not given.
            masks: Those of dropout; None for none.

        Returns:
            `(time, batch, units)`, or as many numbers as the tied embedding has; and what the next
            window needs.
        """
        masks = masks or Masks()
        y, after = self.read(words, state, masks)
        return self.projected(self.dropped(y, masks)), after

    def read(
        self, words: Tensor, state: Sequence[Carried] | None, masks: Masks
    ) -> tuple[Tensor, tuple[Carried, ...]]:
        """Compute what leaves the last layer, `(time, batch, units)`, and the state after it."""
        state = self.zeros(words.shape[1]) if state is None else state
        vectors = self.embedding
        if masks.words is not None:
            vectors = vectors * self._tensor(masks.words)[:, None]
        y = nn.functional.embedding(words, vectors)  # (time, batch, numbers)
        after, outputs = [], [y]
        for i, layer in enumerate(self.recurrent):
            y = self._dropped(self._entering(i + 1, outputs), masks, i)
            recurrent = None if masks.recurrent is None else self._tensor(masks.recurrent[i])
            weights = None if masks.weights is None else self._tensor(masks.weights[i])
            y, carried = layer(y, state[i], recurrent, weights)
            outputs.append(y)
            after.append(carried)
        return self._entering(len(outputs), outputs), tuple(after)

    def dropped(self, y: Tensor, masks: Masks) -> Tensor:
        """Drop some of what enters the softmax."""
        return self._dropped(y, masks, len(self.layers))

    def projected(self, y: Tensor) -> Tensor:
        """Bring what leaves the last layer to the size of the softmax's matrix."""
        return y if self.projection is None else y @ self.projection.T

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of -log p over all targets, in nats.

        Args:
            hidden: From `forward`.
            targets: `(time, batch) int64`, the word that follows each.
        """
        rows = hidden.reshape(-1, hidden.shape[-1])
        output, targets = (self.output_weights, self.bias), targets.reshape(-1)
        if (tails := self._tails) is not None:
            return tailed_cross_entropy(rows, *output, tails, targets)
        return cross_entropy(rows, *output, targets)

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """Return log p of every word, `(..., words)`, from what `forward` returns, or a part."""
        if (tails := self._tails) is not None:
            return tailed_log_probabilities(hidden, self.output_weights, self.bias, tails)
        return torch.log_softmax(hidden @ self.output_weights.T + self.bias, -1)

    @property
    def output_weights(self) -> Tensor:
        """The matrix of the softmax, a row for each word."""
        return self.embedding if self.softmax is None else self.softmax

    @property
    def _tails(self) -> Tails | None:
        if self.tails is None or self.bias_of_tails is None:
            return None
        return Tails(self.architecture.cutoffs, self.tails, self.bias_of_tails)

    @property
    def recurrent(self) -> list[RecurrentLayer | SteppedLayer]:
        """The recurrent layers, from the embedding to the softmax."""
        return list(self.layers)  # pyright: ignore[reportReturnType]

    def _entering(self, place: int, outputs: Sequence[Tensor]) -> Tensor:
        """Return what enters a layer, or the softmax: the output before it, and what skips to it.

        Args:
            place: That of the layer, from 1.
            outputs: The embedding's, and those of the layers before.
        """
        skipping = [outputs[source] for source, to in self.architecture.skips if to == place]
        return sum(skipping, outputs[-1])

    def _dropped(self, y: Tensor, masks: Masks, place: int) -> Tensor:
        return y if masks.forward is None else y * self._tensor(masks.forward[place])

    def _tensor(self, mask: np.ndarray) -> Tensor:
        return torch.from_numpy(mask).to(self.bias.device, self.bias.dtype)


def module_of(
    layer: Layer, n_inputs: int, rng: np.random.Generator, bound: float | None = None
) -> RecurrentLayer | SteppedLayer:
    """Return a layer as a module, with first weights.

    Args:
        layer: The layer.
        n_inputs: Numbers of the input in each step.
        rng: Draws the first weights.
        bound: They come from U(-bound, bound); 1 / sqrt(units) if not given.
    """
    if layer.is_plain:
        return RecurrentLayer(layer, n_inputs, rng, bound)
    return SteppedLayer(layer, n_inputs, rng, bound)


def _matrix(
    n_rows: int, n_columns: int, bound: float | None, rng: np.random.Generator
) -> nn.Parameter:
    bound = 1.0 / math.sqrt(n_columns) if bound is None else bound
    drawn = rng.uniform(-bound, bound, (n_rows, n_columns))
    return nn.Parameter(torch.tensor(drawn, dtype=torch.get_default_dtype()))
