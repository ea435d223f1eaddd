"""A training of one language model as plain data: what is trained, and what it resulted in.

Its folder holds:

model.json            what the model is made of: layers, groups of units, their cells as programs
curve.csv             a line for each finished epoch
weights.safetensors   the weights of the epoch with the lowest validation loss
checkpoint.json       names checkpoint-N.safetensors: what the training needs to go on
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.curve import epochs_in
from cellcolony.layers.epoch import Epoch
from cellcolony.layers.schedule import Schedule
from cellcolony.store import foreign
from cellcolony.store.reading import parse_tensors, read, read_text

MODEL, CURVE, WEIGHTS = "model.json", "curve.csv", "weights.safetensors"
LARGEST_MODEL = 16 << 20
"""Bytes of `model.json`: a thousand groups of trees of some hundred elements."""
LARGEST_ARRAYS = 16 << 30
"""Bytes of weights or of a checkpoint: a billion weights, twice, with two moments each."""

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class LongTraining:
    """What is to be trained.

    Attributes:
        architecture: What the model is made of.
        schedule: How it is trained.
        seed: Keys its random streams: first weights and dropout.
    """

    architecture: Architecture
    schedule: Schedule
    seed: int


@dataclass(frozen=True, eq=False)
class Trained:
    """The result of a training, finished or not.

    Attributes:
        architecture: What the model is made of.
        epochs: The finished epochs.
        weights: The weights after the epoch with the lowest validation loss, by the names of the
            model's parameters; None where no epoch was finished without a failure.
        stopped: Whether the stop flag ended the training before its last epoch; False where it was
            read from a folder.
    """

    architecture: Architecture
    epochs: tuple[Epoch, ...]
    weights: Arrays | None
    stopped: bool = False

    @property
    def n_weights(self) -> int:
        """How many trainable numbers the model has."""
        return self.architecture.n_weights

    @property
    def best(self) -> Epoch | None:
        """The epoch with the lowest validation loss; None where none has one."""
        return best_of(self.epochs)

    @property
    def failure(self) -> str | None:
        """Why the training ended early and cannot go on; None where it did not fail."""
        return self.epochs[-1].failure if self.epochs else None

    @property
    def seconds(self) -> float:
        """Wall time of all epochs, those of earlier sessions included."""
        return sum(epoch.seconds for epoch in self.epochs)


def best_of(epochs: tuple[Epoch, ...]) -> Epoch | None:
    """Return the epoch with the lowest validation loss, the first of equal ones."""
    finished = [epoch for epoch in epochs if epoch.failure is None]
    return min(finished, key=lambda epoch: epoch.valid_loss, default=None)


def read_trained(folder: Path) -> Trained:
    """Read a training's folder, which somebody else may have made: nothing in it is executed.

    The training may still be at work, or have been killed.

    Raises:
        RunError: A file is missing or damaged.
    """
    architecture = _read_architecture(folder)
    epochs = read_curve(folder)
    path, weights = folder / WEIGHTS, None
    if best_of(epochs) is not None and path.exists():
        try:
            weights = parse_tensors(read(folder, path, LARGEST_ARRAYS))
        except ValueError as error:
            raise RunError(f"{path}: the weights cannot be read: {error}") from error
    return Trained(architecture, epochs, weights)


def _read_architecture(folder: Path) -> Architecture:
    path = folder / MODEL
    try:
        return Architecture.from_dict(foreign.parse_json(read(folder, path, LARGEST_MODEL)))
    except (ValueError, ConfigError) as error:
        raise RunError(f"{path}: the model cannot be read: {error}") from error


def read_curve(folder: Path) -> tuple[Epoch, ...]:
    """Return the finished epochs of a training; none before the first has ended.

    Raises:
        RunError: The file is damaged.
    """
    path = folder / CURVE
    if not path.exists():
        return ()
    text = read_text(folder, path, foreign.LARGEST_SETTINGS)
    try:
        return epochs_in(text)
    except ValueError as error:
        raise RunError(f"{path}: the learning curve cannot be read: {error}.") from error
