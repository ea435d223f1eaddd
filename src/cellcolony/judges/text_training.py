"""Judge a node by training a language model whose layers are filled with it."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from cellcolony.cells import Cell
from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import GenomeError
from cellcolony.judges.caps import Caps, timed
from cellcolony.judges.final_task import FinalResult, FinalTask
from cellcolony.layers.architecture import Architecture, ModelSettings
from cellcolony.layers.epoch import Epoch
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.train import Training, check_length, score
from cellcolony.search.fixed import FixedCell
from cellcolony.seeds import rng_for
from cellcolony.tasks.language import Language


class TextTraining:
    """Trains a model of one cell; what it found is the epoch of the lowest validation loss.

    Args:
        task: The text.
        model: The model but for its cell.
        schedule: How it is trained.
        stop: `(1,)`; while it is not 0, trainings end with what they have.

    Raises:
        DataError: The text is too short.
    """

    def __init__(
        self, task: Language, model: ModelSettings, schedule: Schedule, stop: NDArray[np.uint8]
    ) -> None:
        check_length(task.train, schedule)
        torch.set_num_threads(1)  # of this process, which does nothing else
        self.task = task
        self.model = model
        self.schedule = schedule
        self.stop = stop

    def judge(self, cell: Cell, seed: int, caps: Caps) -> Evaluation:
        """Train a model and score it on validation after each epoch.

        Args:
            cell: What its units compute.
            seed: Keys first weights and dropout.
            caps: The most that it may take; what does not stay within has failed.
        """
        began = time.perf_counter()
        n_updates = self.schedule.epochs * (
            (len(self.task.train) // self.schedule.batch - 2) // self.schedule.steps + 1
        )
        if too_many := caps.failure_in_steps(n_updates):
            return Evaluation.failed(too_many)
        with timed(self.stop, caps.seconds) as (stop, is_late):
            try:
                _, epochs, _ = self._train(cell, seed, stop, keeps_best=False)
            except (GenomeError, MemoryError) as error:
                return Evaluation.failed(str(error) or "it needs more memory than there is")
        seconds = time.perf_counter() - began
        n_tokens = sum(epoch.n_tokens for epoch in epochs)
        if is_late[0]:
            return Evaluation.failed(caps.failure_in_seconds, seconds, n_tokens)
        if not epochs:
            return Evaluation.failed("it was stopped before its first validation", seconds)
        if epochs[-1].failure is not None:
            return Evaluation.failed(epochs[-1].failure, seconds, n_tokens)
        curve = tuple(epoch.valid_loss for epoch in epochs)
        return Evaluation.succeeded(min(curve), None, curve, seconds, n_tokens)

    def final(self, task: FinalTask) -> FinalResult:
        """Train a model, choose its epoch on validation, and touch the test text once."""
        began = time.perf_counter()
        model, epochs, best = self._train(task.cell, task.seed, self.stop, keeps_best=True)
        finished = [epoch for epoch in epochs if epoch.failure is None]
        failure = None if finished else "it was stopped before its first validation"
        if epochs and epochs[-1].failure is not None and not finished:
            failure = epochs[-1].failure
        n_weights, seconds = model.architecture.n_weights, time.perf_counter() - began
        if failure is not None or best is None:
            return FinalResult(n_weights, np.inf, np.inf, seconds, failure)
        model.load_state_dict(best)
        lowest = min(epoch.valid_loss for epoch in finished)
        test_loss = score(model, self.task.test)
        return FinalResult(n_weights, lowest, test_loss, time.perf_counter() - began)

    def following(self, recipe: Recipe) -> TextTraining:
        """Return the training that a recipe makes of this."""
        model, schedule = recipe.model(self.model), recipe.schedule(self.schedule)
        return TextTraining(self.task, model, schedule, self.stop)

    def architecture(self, cell: Cell) -> Architecture:
        """Return the model that a cell fills."""
        return self.model.of(cell, len(self.task.vocabulary))

    def _train(
        self, cell: Cell, seed: int, stop: NDArray[np.uint8], keeps_best: bool
    ) -> tuple[LanguageModel, list[Epoch], dict[str, torch.Tensor] | None]:
        """Return the model, its epochs, and the weights after the best of them if they are kept."""
        model = LanguageModel(self.architecture(cell), rng_for(seed, -1, "weights"))
        training = Training(model, self.task.train, self.task.valid, self.schedule, seed, stop)
        epochs: list[Epoch] = []
        best, lowest = None, np.inf
        for number in range(self.schedule.epochs):
            epoch = training.epoch(number)
            if epoch is None:
                break
            epochs.append(epoch)
            if epoch.failure is not None:
                break
            if epoch.valid_loss < lowest:
                lowest = epoch.valid_loss
                if keeps_best:
                    best = {name: one.clone() for name, one in model.state_dict().items()}
        return model, epochs, best


def begin_judging(
    task: Language,
    model: ModelSettings,
    schedule: Schedule,
    seed: int,
    caps: Caps,
    stop: NDArray[np.uint8],
) -> Callable[[Candidate], Evaluation]:
    """Return what judges nodes; all begin with weights of the same stream, so that luck is shared.

    A fixed cell may bring a recipe of its own, and other first weights.

    Args:
        task: The text.
        model: The model but for its cell.
        schedule: How it is trained.
        seed: The run's.
        caps: The most that one training may take.
        stop: `(1,)`; while it is not 0, trainings end.
    """
    training = TextTraining(task, model, schedule, stop)

    def judge(candidate: Candidate) -> Evaluation:
        genome = candidate.genome
        if isinstance(genome, FixedCell):
            own = training.following(genome.recipe)
            return own.judge(genome.to_cell(), genome.seed(seed), caps)
        return training.judge(genome.to_cell(), seed, caps)

    return judge


def begin_final_training(
    task: Language, model: ModelSettings, schedule: Schedule, stop: NDArray[np.uint8]
) -> Callable[[FinalTask], FinalResult]:
    """Return what carries out final trainings.

    Args:
        task: The text.
        model: The model but for its cell.
        schedule: How it is trained.
        stop: `(1,)`; while it is not 0, trainings end.
    """
    training = TextTraining(task, model, schedule, stop)

    def train(wanted: FinalTask) -> FinalResult:
        return training.following(wanted.recipe).final(wanted)

    return train
