"""Judge a sparse network by training it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Begin, Candidate, Evaluation
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.judges.training.caps import Caps, timed
from cellcolony.judges.training.untrained import Untrained
from cellcolony.networks.draws import train_best_draw
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import Protocol as ProtocolSettings
from cellcolony.networks.train import Trainer
from cellcolony.networks.warm_up import warm_up
from cellcolony.seeds import rng_for

MOST_TEACHERS = 2
"""How many teachers' forecasts of the training rows are kept at once."""


class NetworkTraining:
    """Trains a network by the whole protocol; its loss is that of the weights that this returns.

    They are those of the best epoch, or the first ones: see `TrainingResult`.

    A candidate with a memory goes on with the training that left it. One with a teacher learns what
    that forecasts of the training rows.

    Args:
        trainer: Holds the data and the protocol.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
        caps: The most that one training may take.
        seed: The run's, for further draws of first weights.
        schedule_effort: How many times the protocol's epochs the schedule of the learning rate
            spans. Give the largest effort where candidates are promoted, so that a training that
            goes on equals an uninterrupted one; None for each candidate's own effort.
        keep_memory: Whether evaluations hold what is needed to go on.
    """

    def __init__(
        self,
        trainer: Trainer,
        stop: NDArray[np.uint8],
        caps: Caps | None = None,
        *,
        seed: int = 0,
        schedule_effort: int | None = None,
        keep_memory: bool = False,
    ) -> None:
        self._trainer = trainer
        self._seed = seed
        self._stop = stop
        self._caps = caps or Caps()
        self._schedule_effort = schedule_effort
        self._keep_memory = keep_memory
        self._taught: dict[bytes, Trainer] = {}
        self._lock = Lock()

    def __call__(self, candidate: Candidate[Network]) -> Evaluation:
        """Return the evaluation of a network; whatever is the network's own fault is a failure.

        Raises:
            ConfigError: The candidate's effort is more than the schedule spans.
            RunError: The candidate's memory does not fit it.
        """
        epochs = candidate.effort * self._trainer.protocol.epochs
        span = (self._schedule_effort or candidate.effort) * self._trainer.protocol.epochs
        if too_many := self._caps.failure_in_steps(epochs * self._trainer.n_updates_an_epoch):
            return Evaluation.failed(too_many)
        with timed(self._stop, self._caps.seconds) as (stop, is_late):
            try:
                result = train_best_draw(
                    self._trainer_for(candidate.teacher),
                    candidate.genome,
                    rng_for(self._seed, candidate.number, "draws"),
                    stop=stop,
                    epochs=epochs,
                    schedule_epochs=span,
                    rate=candidate.rate,
                    weight_decay=candidate.weight_decay,
                    least_gain=candidate.least_gain,
                    memory=candidate.memory,
                    keep_memory=self._keep_memory,
                )
            except (GenomeError, MemoryError) as error:
                return Evaluation.failed(str(error) or "it needs more memory than there is")
        if result.stopped and is_late[0]:
            reason = self._caps.failure_in_seconds
            return Evaluation.failed(reason, result.seconds, result.n_steps)
        if result.failure is not None:
            return Evaluation.failed(result.failure, result.seconds, result.n_steps)
        if result.stopped and not np.isfinite(result.loss):
            return Evaluation.failed("it was stopped before its first validation", result.seconds)
        rms = result.gradient_rms if candidate.with_gradient_rms else None
        return Evaluation.succeeded(
            result.loss, result.weights, result.curve, result.seconds, result.n_steps,
            result.memory, gradient_rms=rms,
        )  # fmt: skip

    def _trainer_for(self, teacher: Network | None) -> Trainer:
        """Return the trainer whose targets are a teacher's forecasts; the last few are kept."""
        if teacher is None:
            return self._trainer
        with self._lock:  # one thread asks the teacher, the others wait for what it says
            key = teacher.digest
            if key not in self._taught:
                for oldest in list(self._taught)[: 1 - MOST_TEACHERS]:
                    del self._taught[oldest]
                self._taught[key] = self._trainer.taught_by(teacher)
            return self._taught[key]


def begin_training(
    trainer: Trainer,
    caps: Caps,
    cells: Iterable[str],
    stop: NDArray[np.uint8],
    *,
    seed: int = 0,
    schedule_effort: int | None = None,
    keep_memory: bool = False,
) -> NetworkTraining:
    """Return what trains candidates in a process that may just have begun.

    Args:
        trainer: Holds the data and the protocol.
        caps: The most that one training may take.
        cells: The cells to compile, or load, before the first candidate.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
        seed: As for `NetworkTraining`.
        schedule_effort: As for `NetworkTraining`.
        keep_memory: As for `NetworkTraining`.
    """
    warm_up(cells, trainer.protocol)
    return NetworkTraining(
        trainer, stop, caps, seed=seed, schedule_effort=schedule_effort, keep_memory=keep_memory
    )


class Series(Protocol):
    """A task whose splits are series of scaled numbers: a forecast."""

    def series(self, split: str, residual: bool) -> Sequence[Any]:
        """Return the series of a split."""
        ...


def fitted_to(protocol: ProtocolSettings, task: Series) -> ProtocolSettings:
    """Return a protocol with as many epochs and passes as its `updates` take on a task's data."""
    if not protocol.updates:
        return protocol
    train, valid = (task.series(split, protocol.residual) for split in ("train", "valid"))
    once = replace(protocol, passes=1)
    return protocol.fitted(Trainer(train, valid, once).n_updates_an_epoch)


def begin_for_forecast(
    task: Series,
    protocol: ProtocolSettings,
    seed: int,
    caps: Caps,
    cells: Iterable[str],
    *,
    keep_memory: bool = False,
    schedule_effort: int | None = None,
    untrained: bool = False,
) -> Begin:
    """Return what begins on a worker, and trains networks there, or scores them as they are.

    Args:
        task: The data.
        protocol: How networks are trained.
        seed: Keys the further draws of first weights, where the protocol has some: a candidate
            brings the first one.
        caps: The most that one training may take.
        cells: What is compiled on a worker before its first candidate.
        keep_memory: As for `NetworkTraining`.
        schedule_effort: As for `NetworkTraining`.
        untrained: Whether to return what scores weights as they are, an `Untrained`.

    Raises:
        ConfigError: No candidate could stay within the caps.
    """
    train, valid = (task.series(split, protocol.residual) for split in ("train", "valid"))
    if untrained:
        return partial(Untrained, tuple(train), tuple(valid))
    trainer = Trainer(train, valid, protocol)
    n_updates = protocol.epochs * trainer.n_updates_an_epoch
    if caps.failure_in_steps(n_updates):
        raise ConfigError(
            f"`candidate_steps` must be at least {n_updates}, the updates of {protocol.epochs} "
            f"epochs on these data. Got {caps.steps}."
        )
    options = {"seed": seed, "keep_memory": keep_memory, "schedule_effort": schedule_effort}
    return partial(begin_training, trainer, caps, tuple(cells), **options)
