"""Averages a model's weights over updates, from the epoch on in which validation stops falling.

Source: S. Merity, N. S. Keskar, R. Socher 2017, "Regularizing and Optimizing LSTM Language Models",
algorithm 1 (NT-ASGD), with one epoch as logging interval L. As in their program, the average is
scored instead of the weights once it exists, and no rate falls for it.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """The mean of a model's weights over the updates since validation stopped falling.

    Args:
        model: The model, whose weights change.
        nonmonotone: The mean begins after an epoch whose loss is above the lowest of all but the
            last so many epochs before it; 0 for never.

    Attributes:
        losses: The validation losses of the epochs until the mean began.
        means: The means, in the order of the model's parameters; empty before it begins.
        n_updates: Over how many updates.
    """

    def __init__(self, model: nn.Module, nonmonotone: int) -> None:
        self._model = model
        self._nonmonotone = nonmonotone
        self.losses: list[float] = []
        self.means: list[Tensor] = []
        self.n_updates = 0

    @property
    def has_begun(self) -> bool:
        """Whether there is a mean, or the next update begins it."""
        return bool(self.means)

    def begin(self) -> None:
        """Let the next update begin the mean."""
        self.means = [one.detach().clone() for one in self._model.parameters()]

    @torch.no_grad()
    def take_update(self) -> None:
        """Take the weights after an update into the mean, if it has begun."""
        if not self.has_begun:
            return
        self.n_updates += 1
        for mean, one in zip(self.means, self._model.parameters(), strict=True):
            mean.lerp_(one, 1 / self.n_updates)

    def take_loss(self, loss: float) -> None:
        """Begin the mean if the validation loss after an epoch says so."""
        if not self._nonmonotone or self.has_begun:
            return
        earlier = self.losses[: -self._nonmonotone]
        if earlier and loss > min(earlier):
            self.begin()
        self.losses.append(loss)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Give the model the means, if there are any, until the block ends."""
        if not self.n_updates:
            yield
            return
        kept = [one.data for one in self._model.parameters()]
        self._put(self.means)
        try:
            yield
        finally:
            self._put(kept)

    def _put(self, tensors: list[Tensor]) -> None:
        for one, tensor in zip(self._model.parameters(), tensors, strict=True):
            one.data = tensor
