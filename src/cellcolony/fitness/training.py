"""Judge a network by training it in full."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import GenomeError
from cellcolony.fitness.evaluation import Evaluation
from cellcolony.networks.train import Trainer
from cellcolony.search.contract import Candidate


class FullTraining:
    """Trains a network by the whole protocol; its verdict is the validation loss of the best epoch.

    Args:
        trainer: Holds the data and the protocol.
        stop: `(1,)`; while it is not 0, trainings end with what they have.
    """

    def __init__(self, trainer: Trainer, stop: NDArray[np.uint8]) -> None:
        self._trainer = trainer
        self._stop = stop

    def __call__(self, candidate: Candidate) -> Evaluation:
        """Return what became of the network; whatever is the network's own fault is a failure."""
        epochs = candidate.effort * self._trainer.protocol.epochs
        try:
            result = self._trainer.train(candidate.network, stop=self._stop, epochs=epochs)
        except (GenomeError, MemoryError) as error:
            return Evaluation.failed(str(error) or "it needs more memory than there is")
        if result.failure is not None:
            return Evaluation.failed(result.failure, result.seconds, result.n_steps)
        if result.stopped and not np.isfinite(result.loss):
            return Evaluation.failed("it was stopped before its first validation", result.seconds)
        return Evaluation.succeeded(
            result.loss, result.weights, result.curve, result.seconds, result.n_steps
        )
