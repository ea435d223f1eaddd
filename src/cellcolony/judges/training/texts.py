"""Judge a node, or a mixture of nodes, by training a language model whose layers it fills."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from cellcolony.cells import Cell
from cellcolony.contract import Begin, Candidate, Evaluation, Memory, StopFlag
from cellcolony.errors import ConfigError, DataError, GenomeError, RunError
from cellcolony.judges.training.caps import Caps, timed
from cellcolony.layers.architecture import Architecture, Filling, ModelSettings, filling_of
from cellcolony.layers.device import place
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.layer import Layer
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.recipe import Recipe
from cellcolony.layers.schedule import Schedule, check_length
from cellcolony.layers.train import ModelTraining, probabilities, scored_places
from cellcolony.layers.training_memory import memory_of, put_memory
from cellcolony.seeds import rng_for

NOT_TOLD = "what it adds could not be told"
CURVE = "curve"
"""The name of the validation losses in a training's memory, `(n_epochs,) float64`."""


@runtime_checkable
class OwnTraining(Protocol):
    """A genome that is trained in its own way: a cell of the library whose recipe is searched.

    Attributes:
        recipe: How its training differs from the settings.
    """

    recipe: Recipe

    def to_cell(self) -> Cell | Layer:
        """Return what its units compute."""
        ...

    def seed(self, seed: int) -> int:
        """Return what keys its random streams in a run of a seed."""
        ...


class Beside(Protocol):
    """What a model is to add to, as far as it is needed here: see `judges.added`."""

    def guide(self, told: NDArray[np.float32], places: NDArray[np.int64]) -> float:
        """Return what the method is led by, from a model's probabilities of tokens of a text.

        Args:
            told: `(scored,)`, as `layers.train.probabilities` returns them.
            places: `(scored,)`, which tokens they are of, from 1.
        """
        ...


class Proxy(Protocol):
    """A smaller training that stands for the whole one: see `judges.proxy`."""

    def stands_for(self, effort: int) -> bool:
        """Say whether a candidate of an effort is trained by proxy."""
        ...

    def part_of(self, text: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return what of a training text is learned from by proxy."""
        ...

    def training(self, whole: LanguageTraining) -> LanguageTraining:
        """Return how candidates are trained by proxy, where they are trained so in full."""
        ...


class Texts(Protocol):
    """A text task, as far as it is needed here."""

    train: NDArray[np.int32]
    valid: NDArray[np.int32]
    vocabulary: Sized


@dataclass(frozen=True, eq=False)
class Words:
    """What is trained on.

    Attributes:
        train: `(tokens,)`, to learn from.
        valid: `(tokens,)`, to choose on.
        n_words: The size of the vocabulary.
    """

    train: NDArray[np.int32]
    valid: NDArray[np.int32]
    n_words: int


class TextTraining:
    """Trains models; the loss is the validation loss of the best epoch, or of the last.

    Args:
        task: The text.
        model: The model but for what its layers are made of.
        schedule: How it is trained.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.

    Raises:
        DataError: The text is too short.
    """

    def __init__(
        self,
        task: Words,
        model: ModelSettings,
        schedule: Schedule,
        stop: NDArray[np.uint8],
        device: str = "cpu",
    ) -> None:
        check_length(len(task.train), schedule)
        torch.set_num_threads(1)  # of this process, which does nothing else
        self.task = task
        self.model = model
        self.schedule = schedule
        self.stop = stop
        self.device = device

    def judge(
        self,
        filling: Filling,
        seed: int,
        caps: Caps,
        *,
        effort: int = 1,
        memory: Memory | None = None,
        keep_memory: bool = False,
        schedule_effort: int | None = None,
        of_epochs: int | None = None,
        beside: Beside | None = None,
    ) -> Evaluation:
        """Train a model, or go on with its training, and score it on validation after each epoch.

        Args:
            filling: What its layers are made of.
            seed: Keys first weights and dropout.
            caps: The most that it may take; a training that takes more has failed.
            effort: How many times the schedule's epochs it is trained, those of `memory` included.
            memory: What the earlier evaluation of the same layers and seed returned; None to start.
            keep_memory: Whether the evaluation is to hold what a later training needs to go on.
            schedule_effort: The effort at whose end a rate that falls by a cosine is 0; None for
                this one's.
            of_epochs: The training is the beginning of one of so many epochs: rates fall as in that
                one, and all its validation losses are over the share that is scored between. None
                for one that ends here.
            beside: Tells the evaluation's guide from the probabilities of the validation text, as
                they are after the last epoch; None for no guide.

        Returns:
            The evaluation; `curve` has all epochs, `seconds` and `n_steps` count this call alone.

        Raises:
            RunError: The memory does not fit.
        """
        started = time.perf_counter()
        n_epochs = effort * self.schedule.epochs
        piece = len(self.task.train) // self.schedule.batch // self.schedule.parts
        if caps.steps is not None:
            n_updates = (self.schedule.n_updates(piece - 1, seed, n) for n in range(n_epochs))
            if too_many := caps.failure_in_steps(sum(n_updates)):
                return Evaluation.failed(too_many)
        curve, n_tokens, failure, guide = [], 0, None, None
        with timed(self.stop, caps.seconds) as (stop, is_late):
            try:
                length = of_epochs or (schedule_effort or effort) * self.schedule.epochs
                training = self._training(filling, seed, stop, length)
                if memory is not None:
                    curve = _go_on(training, memory, n_epochs)
                while len(curve) < n_epochs and failure is None:
                    is_last = of_epochs is None and len(curve) + 1 == n_epochs
                    epoch = training.epoch(len(curve), is_last)
                    if epoch is None:
                        break
                    n_tokens += epoch.n_tokens
                    failure = epoch.failure
                    curve.append(epoch.valid_loss)
                if beside is not None and failure is None and len(curve) == n_epochs:
                    guide = self._guide(training, beside)
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
        loss = min(curve) if self.schedule.scored == 1 else curve[-1]
        if self.schedule.scored < 1 and len(curve) < n_epochs:
            return Evaluation.failed("it was stopped before its last epoch", seconds, n_tokens)
        if beside is not None and (guide is None or not math.isfinite(guide)):
            return Evaluation.failed(f"{NOT_TOLD}: {guide}", seconds, n_tokens)
        return Evaluation.succeeded(loss, None, tuple(curve), seconds, n_tokens, kept, guide)

    def _guide(self, training: ModelTraining, beside: Beside) -> float:
        valid, lanes = self.task.valid, self.schedule.lanes
        told = probabilities(training.model, valid, lanes)
        return beside.guide(told, scored_places(len(valid), lanes))

    def following(self, recipe: Recipe) -> TextTraining:
        """Return this training as a recipe changes it."""
        model, schedule = recipe.model(self.model), recipe.schedule(self.schedule)
        return TextTraining(self.task, model, schedule, self.stop, self.device)

    def by_proxy(self, proxy: Proxy) -> TextTraining:
        """Return the smaller training that stands for this one."""
        by = proxy.training(LanguageTraining(self.model, self.schedule))
        words = replace(self.task, train=proxy.part_of(self.task.train))
        return TextTraining(words, by.model, by.schedule, self.stop, self.device)

    def architecture(self, filling: Filling) -> Architecture:
        """Return the model whose layers are made of something."""
        return self.model.of(filling, self.task.n_words)

    def _training(
        self, filling: Filling, seed: int, stop: NDArray[np.uint8], n_epochs: int
    ) -> ModelTraining:
        model = LanguageModel(self.architecture(filling), rng_for(seed, -1, "weights"))
        model.to(place(self.device))
        schedule = replace(self.schedule, epochs=n_epochs)
        return ModelTraining(model, self.task.train, self.task.valid, schedule, seed, stop)


def _go_on(training: ModelTraining, memory: Memory, n_epochs: int) -> list[float]:
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
    task: Texts,
    settings: LanguageTraining,
    seed: int,
    caps: Caps,
    cells: Iterable[str],
    *,
    keep_memory: bool = False,
    schedule_effort: int | None = None,
    of_epochs: int | None = None,
    beside: Beside | None = None,
    proxy: Proxy | None = None,
    untrained: bool = False,
    device: str = "cpu",
) -> Begin:
    """Return what begins on a worker, and judges nodes there.

    All start from weights of the same stream, so that none is luckier. A genome that is an
    `OwnTraining` brings a recipe of its own, and other first weights.

    Args:
        task: The text.
        settings: The model but for its cell, and its schedule.
        seed: The study's.
        caps: The most that one training may take.
        cells: Not needed: dense layers compile nothing for a cell.
        keep_memory: Whether evaluations hold what is needed to go on.
        schedule_effort: As for `TextTraining.judge`.
        of_epochs: As for `TextTraining.judge`.
        beside: As for `TextTraining.judge`.
        proxy: By what candidates of less effort are trained; None for all in full.
        untrained: Whether to score weights as they are; a node has none.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.

    Raises:
        ConfigError: Nodes are to be scored without training.
        DataError: The part of the text is too short that is trained on by proxy.
    """
    if untrained:
        raise ConfigError(
            "A judge that does not train scores the weights of networks, and a node has none. "
            "Choose another judge: see `cellcolony list judges`."
        )
    words = Words(task.train, task.valid, len(task.vocabulary))
    if proxy is not None:
        _check_part(proxy, words, settings)
    options = {"schedule_effort": schedule_effort, "of_epochs": of_epochs, "beside": beside}
    return partial(_begin, words, settings, seed, caps, keep_memory, options, proxy, device)


def _check_part(proxy: Proxy, words: Words, settings: LanguageTraining) -> None:
    try:
        check_length(len(proxy.part_of(words.train)), proxy.training(settings).schedule)
    except DataError as error:
        told = (
            f"By proxy a part of the text is learned from, which has {len(words.train):,} tokens: "
            "a larger `proxy_share` takes more of them, and the judge 'full' all."
        )
        raise DataError([f"{one} {told}" for one in error.findings]) from error


def _begin(
    words: Words,
    settings: LanguageTraining,
    seed: int,
    caps: Caps,
    keep_memory: bool,
    options: Mapping[str, Any],
    proxy: Proxy | None,
    device: str,
    stop: StopFlag,
) -> Callable[[Candidate], Evaluation]:
    place(device)  # refused now, not as a fault of the first candidate
    full = TextTraining(words, settings.model, settings.schedule, stop, device)
    small = full if proxy is None else full.by_proxy(proxy)

    def judge(candidate: Candidate) -> Evaluation:
        is_small = proxy is not None and proxy.stands_for(candidate.effort)
        genome, by, own_seed = candidate.genome, small if is_small else full, seed
        if isinstance(genome, OwnTraining):
            by, own_seed = by.following(genome.recipe), genome.seed(seed)
        if candidate.rate != 1:
            by = by.following(Recipe(learning_rate=candidate.rate))
        return by.judge(
            filling_of(genome),
            own_seed,
            caps,
            effort=candidate.effort,
            memory=candidate.memory,
            keep_memory=keep_memory,
            **options,
        )

    return judge
