"""A training in the end of a search: what is compared is trained for long, and tested once."""

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
        path: The folder that the training may write to; what a killed session has left there may be
            gone on with.
        recipe: How its training differs from the settings.
    """

    model: str
    cell: Cell
    seed: int
    path: Path
    recipe: Recipe = AS_SET


@dataclass(frozen=True)
class FinalResult:
    """What came of it.

    Attributes:
        n_weights: The trainable numbers of the model.
        valid_loss: The cross-entropy on validation of the epoch that was chosen by it, in nats a
            token; infinite for a failure.
        test_loss: The same on the test split.
        seconds: Wall time.
        failure: Why the training failed, or None.
    """

    n_weights: int
    valid_loss: float
    test_loss: float
    seconds: float
    failure: str | None = None
