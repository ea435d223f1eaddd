"""A final training: what a worker is given, how it carries it out, and what the journal keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Le

from cellcolony.contract import StopFlag
from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.trained import LongTraining, Trained
from cellcolony.runs.journal import LARGEST_LOSS
from cellcolony.settings import Amount, Count, record, settings


@settings
class FinalKept:
    """What the journal keeps of a final training.

    Attributes:
        n_weights: The model's trainable numbers.
        epoch: The epoch of the lowest validation loss; they count from 1.
        n_epochs: How many epochs were finished.
        valid_loss: The lowest validation loss, in nats a token; None for a failure.
        seconds: How long the training took, all sessions together.
        failure: Why it failed; empty where it did not.
    """

    n_weights: Count = 0
    epoch: Count | None = None
    n_epochs: Count = 0
    valid_loss: Annotated[float, Ge(0), Le(LARGEST_LOSS)] | None = None
    seconds: Amount = 0.0
    failure: str = ""

    def __post_init__(self) -> None:
        if self.valid_loss is None and not self.failure:
            raise ConfigError("`valid_loss` must be a number where there is no `failure`.")


read_final_kept = partial(record, FinalKept, where="its result")
"""Reads what the journal keeps of a final training."""


@dataclass(frozen=True)
class FinalTask:
    """A final training, as a worker is given it.

    Attributes:
        what: The model, its schedule and its seed.
        folder: Where it is written; None for nowhere.
        share: `(1,)`, written: how much of the epoch is done; None in another process.
    """

    what: LongTraining
    folder: Path | None
    share: Any = None


def begin_finals(
    train: Any, valid: Any, device: str, threads: int, stop: StopFlag
) -> Callable[[FinalTask], Trained | RunError | ConfigError]:
    """Return, on a worker, what carries out final trainings.

    Args:
        train: `(tokens,)`, to learn from.
        valid: `(tokens,)`, to choose on.
        device: "cpu", "cuda" or "auto".
        threads: How many threads compute.
        stop: `(1,)`; while it is not 0, trainings end after what they have written.
    """
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.long_training import train_long

    def work(task: FinalTask) -> Trained | RunError | ConfigError:
        def share(done: float) -> None:
            if task.share is not None:
                task.share[0] = done

        try:
            trained = train_long(
                task.what, train, valid, task.folder, stop,
                on_share=share, device=device, threads=threads,
            )  # fmt: skip
        except (RunError, ConfigError) as error:  # which keep their words between processes
            return error
        return trained if task.folder is None else replace(trained, weights=None)

    return work


def told_of(trained: Trained, n_weights: int) -> dict[str, Any]:
    """Return what the journal tells of a final training, but for its seconds."""
    best = trained.best
    if best is None:
        return {"failure": trained.failure or "no epoch was finished"}
    return {
        "n_weights": n_weights,
        "epoch": best.number + 1,
        "n_epochs": len(trained.epochs),
        "valid_loss": best.valid_loss,
    }
