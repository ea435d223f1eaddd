"""Train a language model for long: each finished epoch is written down, and a kill loses none.

The training that goes on is, bit for bit, the one that was never interrupted, on the same kind of
machine.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.device import place, torch_threads
from cellcolony.layers.epoch import Epoch, TextLoss
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.train import ModelTraining, Tokens, score_known
from cellcolony.layers.trained import Arrays, LongTraining, Trained
from cellcolony.layers.training_memory import (
    check_weights,
    chosen_weights,
    memory_of,
    put_memory,
    put_weights,
)
from cellcolony.layers.training_state import (
    State,
    open_folder,
    settings_of,
    write_start,
    write_state,
)
from cellcolony.seeds import rng_for
from cellcolony.store.snapshot import CHECKPOINT


def train_long(
    what: LongTraining,
    train: Tokens,
    valid: Tokens,
    folder: Path | None,
    stop: NDArray[np.uint8],
    *,
    on_begin: Callable[[int], None] = lambda n_done: None,
    on_epoch: Callable[[Epoch, bool], None] = lambda epoch, is_best: None,
    on_share: Callable[[float], None] = lambda share: None,
    device: str = "auto",
    threads: int = 1,
) -> Trained:
    """Train a language model, or go on with a training where it ended.

    Args:
        what: The model, its schedule and its seed.
        train: `(tokens,)`, to learn from.
        valid: `(tokens,)`, scored after each epoch; the epoch of the lowest loss is chosen.
        folder: Where each finished epoch is written down: see `trained`. It is made if it is
            missing. If it holds this training, with as many epochs or fewer, that goes on. None to
            write nothing.
        stop: `(1,)`; when it is not 0, the training ends, and the unfinished epoch is lost.
        on_begin: Is called with the number of epochs that are done.
        on_epoch: Is called after each epoch, with whether it is the best so far.
        on_share: Is called after each update with the share of the epoch that is done.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.
        threads: How many threads compute.

    Raises:
        ConfigError: `device` or `threads` is not possible, or more epochs are done than wanted.
        DataError: The training text is too short.
        OtherTrainingError: The folder holds another training.
        RunError: The folder is damaged, or cannot be written.
    """
    with torch_threads(threads):
        model = LanguageModel(what.architecture, rng_for(what.seed, -1, "weights"))
        model.to(place(device))
        training = ModelTraining(model, train, valid, what.schedule, what.seed, stop, on_share)
        settings = settings_of(what, train, valid)
        state = None if folder is None else open_folder(folder, settings)
        epochs, best, stopped = [], None, False
        if state is not None:
            epochs, best = list(state.epochs), state.chosen
            if len(epochs) > what.schedule.epochs:
                raise ConfigError(
                    f"`epochs` must be at least the {len(epochs)} that are done. "
                    f"Got {what.schedule.epochs}."
                )
            with _naming(folder):
                if epochs[-1].failure is None:
                    put_memory(training, state.memory)
                if best is not None:
                    check_weights(model, best)
        if folder is not None:
            write_start(folder, what.architecture, state)
        on_begin(len(epochs))
        for number in range(len(epochs), what.schedule.epochs):
            if epochs and epochs[-1].failure is not None:
                break
            epoch = training.epoch(number)
            if epoch is None:
                stopped = True
                break
            is_best = epoch.valid_loss < min((one.valid_loss for one in epochs), default=math.inf)
            epochs.append(epoch)
            if is_best:
                best = chosen_weights(training)
            if folder is not None:
                now = State(tuple(epochs), memory_of(training), None if is_best else best)
                write_state(folder, settings, now)
            on_epoch(epoch, is_best)
    return Trained(what.architecture, tuple(epochs), best, stopped)


def model_with(architecture: Architecture, weights: Arrays, device: str = "cpu") -> LanguageModel:
    """Return a model with these weights, which somebody else may have made.

    Raises:
        ConfigError: `device` is not possible.
        RunError: The weights do not fit the model.
    """
    n_given = sum(one.size for one in weights.values())
    if n_given != architecture.n_weights:  # before anything of that size is made
        raise RunError(
            f"the model has {architecture.n_weights:,} weights, and there are {n_given:,}."
        )
    model = LanguageModel(architecture, np.random.default_rng(0))
    put_weights(model, weights)
    return model.to(place(device))


def score_weights(
    architecture: Architecture, weights: Arrays, tokens: Tokens, device: str = "auto",
    unknown: int | None = None,
) -> TextLoss:  # fmt: skip
    """Score a text with a model of these weights: see `train.score_known`.

    Args:
        architecture: What the model is made of.
        weights: Its weights by name.
        tokens: `(tokens,)`, at least 2.
        unknown: The number of the token that stands for all unknown ones; None for none.
        device: As for `train_long`.

    Raises:
        ConfigError: `device` is not possible.
        RunError: The weights do not fit the model.
    """
    return score_known(model_with(architecture, weights, device), tokens, unknown)


@contextmanager
def _naming(folder: Path | None) -> Iterator[None]:
    """Name the checkpoint whose values do not fit."""
    try:
        yield
    except RunError as error:
        raise RunError(f"{folder and folder / CHECKPOINT}: {error}") from error
