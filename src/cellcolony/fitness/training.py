"""Judge a network by training it in full."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import GenomeError
from cellcolony.fitness.caps import Caps, timed
from cellcolony.networks.genome import Network
from cellcolony.networks.train import Trainer, warm_up


class FullTraining:
    """Trains a network by the whole protocol; its verdict is the validation loss of the best epoch.

    Args:
        trainer: Holds the data and the protocol.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
        caps: The most that one training may take.
    """

    def __init__(self, trainer: Trainer, stop: NDArray[np.uint8], caps: Caps | None = None) -> None:
        self._trainer = trainer
        self._stop = stop
        self._caps = caps or Caps()

    def __call__(self, candidate: Candidate[Network]) -> Evaluation:
        """Return what became of the network; whatever is the network's own fault is a failure."""
        epochs = candidate.effort * self._trainer.protocol.epochs
        if too_many := self._caps.failure_in_steps(epochs * self._trainer.n_updates_an_epoch):
            return Evaluation.failed(too_many)
        with timed(self._stop, self._caps.seconds) as (stop, is_late):
            try:
                result = self._trainer.train(candidate.genome, stop=stop, epochs=epochs)
            except (GenomeError, MemoryError) as error:
                return Evaluation.failed(str(error) or "it needs more memory than there is")
        if result.stopped and is_late[0]:
            reason = self._caps.failure_in_seconds
            return Evaluation.failed(reason, result.seconds, result.n_steps)
        if result.failure is not None:
            return Evaluation.failed(result.failure, result.seconds, result.n_steps)
        if result.stopped and not np.isfinite(result.loss):
            return Evaluation.failed("it was stopped before its first validation", result.seconds)
        return Evaluation.succeeded(
            result.loss, result.weights, result.curve, result.seconds, result.n_steps
        )


def begin_training(
    trainer: Trainer, caps: Caps, cells: Iterable[str], stop: NDArray[np.uint8]
) -> FullTraining:
    """Return what trains candidates in a process that may just have begun.

    Args:
        trainer: Holds the data and the protocol.
        caps: The most that one training may take.
        cells: What is compiled, or loaded, before the first candidate.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
    """
    warm_up(cells)
    return FullTraining(trainer, stop, caps)
