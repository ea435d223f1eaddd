"""Judge a node by training a language model whose layers are filled with it."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from cellcolony.cells import Cell
from cellcolony.contract import Candidate, Evaluation, Memory
from cellcolony.errors import GenomeError, RunError
from cellcolony.judges.caps import Caps, timed
from cellcolony.judges.final_task import FinalResult, FinalTask
from cellcolony.layers.architecture import Architecture, ModelSettings
from cellcolony.layers.device import place
from cellcolony.layers.long_training import score_weights, train_long
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.train import Training, check_length
from cellcolony.layers.trained import LongTraining
from cellcolony.layers.training_memory import memory_of, put_memory
from cellcolony.layers.training_state import OtherTrainingError
from cellcolony.seeds import rng_for
from cellcolony.store.files import remove
from cellcolony.tasks.language import Language

CURVE = "curve"
"""The name of the validation losses in a training's memory, `(n_epochs,) float64`."""


@runtime_checkable
class OwnTraining(Protocol):
    """A genome that is trained in its own way: a cell of the library whose recipe is searched.

    Attributes:
        recipe: How its training differs from the settings.
    """

    recipe: Recipe

    def to_cell(self) -> Cell:
        """Return what its units compute."""
        ...

    def seed(self, seed: int) -> int:
        """Return what keys its random streams in a run of a seed."""
        ...


class TextTraining:
    """Trains a model of one cell; its loss is the validation loss of the best epoch.

    Args:
        task: The text.
        model: The model but for its cell.
        schedule: How it is trained.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.
        threads: How many threads compute.

    Raises:
        DataError: The text is too short.
    """

    def __init__(
        self,
        task: Language,
        model: ModelSettings,
        schedule: Schedule,
        stop: NDArray[np.uint8],
        device: str = "cpu",
        threads: int = 1,
    ) -> None:
        check_length(task.train, schedule)
        torch.set_num_threads(threads)  # of this process, which does nothing else
        self.task = task
        self.model = model
        self.schedule = schedule
        self.stop = stop
        self.device = device
        self.threads = threads

    def judge(
        self,
        cell: Cell,
        seed: int,
        caps: Caps,
        *,
        effort: int = 1,
        memory: Memory | None = None,
        keep_memory: bool = False,
    ) -> Evaluation:
        """Train a model, or go on with its training, and score it on validation after each epoch.

        Args:
            cell: What its units compute.
            seed: Keys first weights and dropout.
            caps: The most that it may take; a training that takes more has failed.
            effort: How many times the schedule's epochs it is trained, those of `memory` included.
            memory: What the earlier evaluation of the same cell and seed returned; None to start.
            keep_memory: Whether the evaluation is to hold what a later training needs to go on.

        Returns:
            The evaluation; `curve` has all epochs, `seconds` and `n_steps` count this call alone.

        Raises:
            RunError: The memory does not fit.
        """
        started = time.perf_counter()
        n_epochs = effort * self.schedule.epochs
        n_windows = (len(self.task.train) // self.schedule.batch - 2) // self.schedule.steps + 1
        if too_many := caps.failure_in_steps(n_epochs * n_windows):
            return Evaluation.failed(too_many)
        curve, n_tokens, failure = [], 0, None
        with timed(self.stop, caps.seconds) as (stop, is_late):
            try:
                training = self._training(cell, seed, stop)
                if memory is not None:
                    curve = _go_on(training, memory, n_epochs)
                while len(curve) < n_epochs and failure is None:
                    epoch = training.epoch(len(curve))
                    if epoch is None:
                        break
                    n_tokens += epoch.n_tokens
                    failure = epoch.failure
                    curve.append(epoch.valid_loss)
            except (GenomeError, MemoryError) as error:
                return Evaluation.failed(str(error) or "it needs more memory than there is")
            kept = None
            if keep_memory and len(curve) == n_epochs:
                kept = {**memory_of(training), CURVE: np.array(curve)}
        seconds = time.perf_counter() - started
        if is_late[0]:
            failure = caps.failure_in_seconds
        elif not curve:
            failure = "it was stopped before its first validation"
        if failure is not None:
            return Evaluation.failed(failure, seconds, n_tokens)
        return Evaluation.succeeded(min(curve), None, tuple(curve), seconds, n_tokens, kept)

    def final(self, task: FinalTask) -> FinalResult:
        """Train a model, choose its epoch on validation, and then touch the test text once.

        The folder of the task holds what is done. If it holds another training, because another
        node is the best one by now, that is removed.

        Raises:
            RunError: The folder is damaged, or cannot be written.
        """
        what = LongTraining(self.architecture(task.cell), self.schedule, task.seed)
        given = what, self.task.train, self.task.valid, task.path, self.stop
        how = {"device": self.device, "threads": self.threads}
        try:
            trained = train_long(*given, **how)
        except OtherTrainingError:
            remove(task.path)
            trained = train_long(*given, **how)
        failure = None
        if trained.stopped:
            failure = "it was stopped before its last epoch"
        elif trained.best is None:
            failure = trained.failure
        if failure is not None or trained.best is None or trained.weights is None:
            return FinalResult(trained.n_weights, np.inf, np.inf, trained.seconds, failure)
        started = time.perf_counter()
        test_loss = score_weights(
            trained.architecture, trained.weights, self.task.test, self.device
        )
        seconds = trained.seconds + time.perf_counter() - started
        return FinalResult(trained.n_weights, trained.best.valid_loss, test_loss, seconds)

    def following(self, recipe: Recipe) -> TextTraining:
        """Return this training as a recipe changes it."""
        model, schedule = recipe.model(self.model), recipe.schedule(self.schedule)
        return TextTraining(self.task, model, schedule, self.stop, self.device, self.threads)

    def architecture(self, cell: Cell) -> Architecture:
        """Return the model that a cell fills."""
        return self.model.of(cell, len(self.task.vocabulary))

    def _training(self, cell: Cell, seed: int, stop: NDArray[np.uint8]) -> Training:
        model = LanguageModel(self.architecture(cell), rng_for(seed, -1, "weights"))
        model.to(place(self.device))
        return Training(model, self.task.train, self.task.valid, self.schedule, seed, stop)


def _go_on(training: Training, memory: Memory, n_epochs: int) -> list[float]:
    """Let a training go on from its memory; return the validation losses of its epochs.

    Raises:
        RunError: The memory does not fit.
    """
    rest = dict(memory)
    curve = rest.pop(CURVE, None)
    if curve is None or curve.ndim != 1 or not np.isfinite(curve).all():
        raise RunError(f"`{CURVE}` in a training's memory must be a list of finite numbers.")
    if not 1 <= curve.size <= n_epochs:
        raise RunError(f"A training of {n_epochs} epochs cannot go on after {curve.size} epochs.")
    put_memory(training, rest)
    return curve.tolist()


def begin_judging(
    task: Language,
    model: ModelSettings,
    schedule: Schedule,
    seed: int,
    caps: Caps,
    stop: NDArray[np.uint8],
    *,
    keep_memory: bool = False,
    device: str = "cpu",
) -> Callable[[Candidate], Evaluation]:
    """Return what judges nodes. All start from weights of the same stream, so none is luckier.

    A genome that is an `OwnTraining` brings a recipe of its own, and other first weights.

    Args:
        task: The text.
        model: The model but for its cell.
        schedule: How it is trained.
        seed: The run's.
        caps: The most that one training may take.
        stop: `(1,)`; while it is not 0, trainings end.
        keep_memory: Whether evaluations hold what is needed to go on.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.
    """
    training = TextTraining(task, model, schedule, stop, device)

    def judge(candidate: Candidate) -> Evaluation:
        genome, by, own_seed = candidate.genome, training, seed
        if isinstance(genome, OwnTraining):
            by, own_seed = training.following(genome.recipe), genome.seed(seed)
        return by.judge(
            genome.to_cell(),
            own_seed,
            caps,
            effort=candidate.effort,
            memory=candidate.memory,
            keep_memory=keep_memory,
        )

    return judge


def begin_final_training(
    task: Language,
    model: ModelSettings,
    schedule: Schedule,
    stop: NDArray[np.uint8],
    *,
    device: str = "cpu",
    threads: int = 1,
) -> Callable[[FinalTask], FinalResult]:
    """Return what carries out final trainings.

    Args:
        task: The text.
        model: The model but for its cell.
        schedule: How it is trained.
        stop: `(1,)`; while it is not 0, trainings end.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.
        threads: How many threads compute one training.
    """
    training = TextTraining(task, model, schedule, stop, device, threads)

    def train(wanted: FinalTask) -> FinalResult:
        return training.following(wanted.recipe).final(wanted)

    return train
