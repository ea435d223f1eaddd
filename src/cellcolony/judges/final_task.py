"""A final training: a model that a study compares is trained for long, and tested once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellcolony.cells import Cell
from cellcolony.layers.recipe import AS_SET, Recipe


@dataclass(frozen=True)
class FinalTask:
    """One model with one seed.

    Attributes:
        model: What the model is called: "evolved node", "lstm".
        cell: What its units compute.
        seed: Keys its random streams.
        path: The training's folder: each finished epoch is written there, and a later session goes
            on from it.
        recipe: How its training differs from the settings.
    """

    model: str
    cell: Cell
    seed: int
    path: Path
    recipe: Recipe = AS_SET


@dataclass(frozen=True)
class FinalResult:
    """The result of a final training.

    Attributes:
        n_weights: The trainable numbers of the model.
        valid_loss: The cross-entropy on validation of the epoch where it is lowest, in nats a
            token; infinite for a failure.
        test_loss: That of the same weights on the test split.
        seconds: Wall time, earlier sessions included.
        failure: Why the training failed, or None.
    """

    n_weights: int
    valid_loss: float
    test_loss: float
    seconds: float
    failure: str | None = None
