"""Judge every candidate as it is, without training: for methods that evolve the weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from cellcolony.contract import Begin, Candidate, Evaluation, StopFlag, Work
from cellcolony.errors import GenomeError
from cellcolony.judges import JUDGES
from cellcolony.judges.full import PassOn
from cellcolony.judges.training.untrained import WeightSets
from cellcolony.settings import settings

STOPPED = "it was stopped before it was scored"
NOT_FINITE = "its error is not finite, or no input reaches an output"


@JUDGES.register("evaluate")
@settings
class Evaluate:
    """A candidate is scored with its own weights; nothing trains them.

    The method is led by the error on the training rows: its weights are evolved on them, as others
    are trained on them. The loss, by which the front is chosen, is that on the validation rows.
    """

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker."""
        return partial(begin_evaluating, train(untrained=True))

    def referee(self) -> PassOn:
        """Return the half on the master."""
        return PassOn()

    def restore(self, state: Mapping[str, Any]) -> PassOn:
        """Return the half on the master; it has no state."""
        return PassOn()


def begin_evaluating(begin: Begin, stop: StopFlag) -> Work:
    """Return, on a worker, what scores candidates with their own weights."""
    return partial(evaluate, begin(stop))


def evaluate(score: Work, candidate: Candidate) -> Evaluation:
    """Return the evaluation of a network with its own weights."""
    began, network = time.perf_counter(), candidate.genome
    try:
        train, valid = (
            float(score(WeightSets(network, [network.weights], split))[0])
            for split in ("train", "valid")
        )
    except (GenomeError, MemoryError) as error:
        return Evaluation.failed(str(error) or "it needs more memory than there is")
    seconds = time.perf_counter() - began
    if np.isnan([train, valid]).any():
        return Evaluation.failed(STOPPED, seconds)
    if not np.isfinite([train, valid]).all():
        return Evaluation.failed(NOT_FINITE, seconds)
    return Evaluation.succeeded(valid, network.weights, (valid,), seconds, guide=train)
