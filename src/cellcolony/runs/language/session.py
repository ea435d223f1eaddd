"""Train a language model, write down what happens, and go on after a kill."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import tomli_w
import torch

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.architecture import Architecture, ModelSettings
from cellcolony.layers.epoch import Epoch
from cellcolony.layers.layer import Layer
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.train import Training, check_length, score
from cellcolony.runs.directory import refuse_existing, write_file
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.language import directory
from cellcolony.runs.language.config import LanguageConfig
from cellcolony.runs.language.curve import curve_csv
from cellcolony.runs.language.result import LanguageResult, Scores
from cellcolony.runs.language.state import (
    State,
    check_fit,
    digest_of,
    memory_of,
    put_memory,
    put_weights,
    read_state,
    weights_of,
    write_state,
)
from cellcolony.runs.language.stored import open_language_run
from cellcolony.runs.reading import CONFIG
from cellcolony.runs.text_again import text_again
from cellcolony.seeds import rng_for
from cellcolony.store.lock import locked
from cellcolony.store.snapshot import CHECKPOINT
from cellcolony.store.writing import recording
from cellcolony.tasks.language import Language
from cellcolony.tasks.text.unigram import unigram_loss


class Watcher(Protocol):
    """Is told how a training goes."""

    def began(self, config: LanguageConfig, architecture: Architecture, n_done: int) -> None:
        """A training begins, or goes on after some epochs."""
        ...

    def share(self, done: float) -> None:
        """So much of the epoch is done, from 0 to 1."""
        ...

    def epoch(self, epoch: Epoch, is_best: bool) -> None:
        """An epoch is done."""
        ...

    def nothing_left(self, reason: str) -> None:
        """The training has ended before, for a reason that is the end of a sentence."""
        ...


def train_language_model(
    task: Language,
    layer: Layer,
    cells: str,
    model: ModelSettings,
    schedule: Schedule,
    *,
    seed: int = 0,
    out: str | Path | None = None,
    threads: int = 1,
    device: str = "auto",
    watcher: Watcher | None = None,
) -> LanguageResult:
    """Train a language model whose layers are all alike, and score it on the test text.

    The weights of the epoch of the lowest validation loss are kept. Ctrl-C ends the training after
    what was written down last; `resume_language_model` goes on.

    Args:
        task: The text.
        layer: Groups of units; as many in all as `model.hidden` says.
        cells: How they are called.
        model: The model but for its cells.
        schedule: How it is trained.
        seed: Keys every random stream.
        out: The directory to write the run to; it must not exist. Without, nothing is written.
        threads: How many threads compute.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.
        watcher: Is told how it goes.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The training text is too short.
        RunError: `out` exists or cannot be made, or the training failed in its first epoch.
    """
    if type(seed) is not int or seed < 0:
        raise ConfigError(f"`seed` must be a whole number of at least 0. Got {seed!r}.")
    architecture = model.of(layer, len(task.vocabulary))
    check_length(task.train, schedule)
    config = LanguageConfig(cells, seed, model, schedule, task.summary())
    path = None if out is None else Path(out)
    if path is None:
        return _train(config, architecture, task, None, None, threads, device, watcher)
    refuse_existing(path)
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{path}: the run directory cannot be made: {error.strerror}.") from error
    with locked(path):
        with recording(path):
            directory.write_model(path, architecture, task.vocabulary)
            write_file(path / CONFIG, config.to_toml())  # from now on it is a run
        return _train(config, architecture, task, path, None, threads, device, watcher)


def resume_language_model(
    path: str | Path,
    epochs: int | None = None,
    *,
    threads: int = 1,
    device: str = "auto",
    task: Language | None = None,
    watcher: Watcher | None = None,
) -> LanguageResult:
    """Go on with a training where it was ended, to the bit on the same kind of machine.

    Args:
        path: The run directory.
        epochs: How many epochs in all; None for as many as it was begun with.
        threads: How many threads compute.
        device: As for `train_language_model`.
        task: The text; None to read again what the run was begun with.
        watcher: Is told how it goes.

    Returns:
        What came of it; where nothing was left to do, what had come of it.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The text cannot be read again.
        RunError: It is no such run, damaged, or was begun on another text.
    """
    path = Path(path)
    config = directory.read_language_config(path)
    with locked(path):
        state = read_state(path, config)
        if epochs is not None:
            done = 0 if state is None else len(state.epochs)
            if epochs < done:
                raise ConfigError(
                    f"`epochs` must be at least the {done} that are done. Got {epochs}."
                )
            config = replace(config, schedule=replace(config.schedule, epochs=epochs))
        architecture, vocabulary = directory.read_model(path)
        if state is not None:
            check_fit(path, state, architecture)
            if end := _ended(path, config, state):
                if watcher is not None:
                    watcher.nothing_left(end)
                return open_language_run(path)
        task = text_again(path, config.data, task)
        if task.vocabulary != vocabulary:
            raise RunError(f"{path / directory.VOCABULARY} is not the vocabulary of its text.")
        with recording(path):
            write_file(path / CONFIG, config.to_toml())
        return _train(config, architecture, task, path, state, threads, device, watcher)


def _ended(path: Path, config: LanguageConfig, state: State) -> str:
    """Say why a training that was scored is over; nothing where it goes on."""
    if not (path / directory.RESULT).exists():
        return ""
    if (failure := state.epochs[-1].failure) is not None:
        return f"{failure}, which was its end"
    n_done = len(state.epochs)
    if n_done < config.schedule.epochs:
        return ""
    return f"{n_done} of {config.schedule.epochs} epochs are done; give it more --epochs to go on"


def _train(
    config: LanguageConfig,
    architecture: Architecture,
    task: Language,
    path: Path | None,
    state: State | None,
    threads: int,
    device: str,
    watcher: Watcher | None,
) -> LanguageResult:
    schedule, stop = config.schedule, np.zeros(1, np.uint8)
    with ExitStack() as stack:
        stack.enter_context(torch_threads(threads))
        where = place(device)
        model = LanguageModel(architecture, rng_for(config.seed, -1, "weights"))
        model.to(where)
        share = (lambda done: None) if watcher is None else watcher.share
        training = Training(model, task.train, task.valid, schedule, config.seed, stop, share)
        if state is not None and state.epochs[-1].failure is None:
            with _naming(None if path is None else path / CHECKPOINT):
                put_weights(model, state.weights)
                put_memory(training.optimizer, state.optimizer)
        if watcher is not None:
            watcher.began(config, architecture, 0 if state is None else len(state.epochs))
        with interrupts_set(stop):
            for number in range(0 if state is None else len(state.epochs), schedule.epochs):
                if state is not None and state.epochs[-1].failure is not None:
                    break
                epoch = training.epoch(number)
                if epoch is None:
                    raise KeyboardInterrupt
                state = _after(epoch, state, training)
                if path is not None:
                    _record(path, config, state)
                if watcher is not None:
                    watcher.epoch(epoch, state.best is None)
        assert state is not None
        if all(epoch.failure is not None for epoch in state.epochs):
            raise RunError(f"The training failed: {state.epochs[-1].failure}. Try a lower "
                           "`learning_rate`, or a smaller `clip`.")  # fmt: skip
        put_weights(model, state.chosen)
        best = min(state.epochs, key=lambda epoch: epoch.valid_loss)
        scores = Scores(
            best.number + 1,
            best.valid_loss,
            score(model, task.test),
            *(
                unigram_loss(task.train, text, len(task.vocabulary))
                for text in (task.valid, task.test)
            ),
        )
    if path is not None:
        with recording(path):
            _write_readable(path, state)  # a kill may have come between a checkpoint and these
            write_file(path / directory.RESULT, tomli_w.dumps(scores.to_dict()))
    return LanguageResult(
        config, architecture, task.vocabulary, state.epochs, scores, path, state.chosen
    )


@contextmanager
def _naming(path: Path | None) -> Iterator[None]:
    """Name the file that what does not fit stands in."""
    try:
        yield
    except RunError as error:
        raise RunError(f"{path}: {error}") from error


def _after(epoch: Epoch, before: State | None, training: Training) -> State:
    """Return the state after an epoch."""
    weights = weights_of(training.model)
    memory, model = memory_of(training.optimizer), digest_of(training.model.architecture)
    if before is None:
        return State((epoch,), weights, memory, None, model)
    lowest = min(one.valid_loss for one in before.epochs)
    best = None if epoch.valid_loss < lowest else before.chosen
    return State((*before.epochs, epoch), weights, memory, best, model)


def _record(path: Path, config: LanguageConfig, state: State) -> None:
    """Write down a state, and what people read of it; scores of fewer epochs go first."""
    with recording(path):
        (path / directory.RESULT).unlink(missing_ok=True)
        write_state(path, config, state)
        _write_readable(path, state)


def _write_readable(path: Path, state: State) -> None:
    write_file(path / directory.CURVE, curve_csv(state.epochs))
    directory.write_weights(path, state.chosen)


def place(device: str) -> torch.device:
    """Return where to compute.

    Raises:
        ConfigError: It is unknown, or there is no GPU.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device not in ("cpu", "cuda"):
        raise ConfigError(f"`device` must be 'cpu', 'cuda' or 'auto'. Got {device!r}.")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("`device` is 'cuda', and torch sees no GPU here. Say --device cpu.")
    return torch.device(device)


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """Let torch compute in so many threads.

    Raises:
        ConfigError: It is less than 1.
    """
    if type(n) is not int or n < 1:
        raise ConfigError(f"`threads` must be a whole number above 0. Got {n!r}.")
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
