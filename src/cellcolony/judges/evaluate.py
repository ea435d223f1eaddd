"""Judge every candidate as it is, without training: for methods that evolve the weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

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

    batch: ClassVar[int] = 64
    """So many are scored side by side; each as if it were alone, to the bit."""

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


def evaluate(
    score: Work, wanted: Candidate | tuple[Candidate, ...]
) -> Evaluation | list[Evaluation]:
    """Return the evaluation of a network with its own weights, or of several side by side."""
    if isinstance(wanted, Candidate):
        return _side_by_side(score, (wanted,))[0]
    return _side_by_side(score, wanted)


def _side_by_side(score: Work, candidates: tuple[Candidate, ...]) -> list[Evaluation]:
    began, networks = time.perf_counter(), [candidate.genome for candidate in candidates]
    weights = [network.weights for network in networks]
    try:
        train, valid = (
            score(WeightSets(networks, weights, split)).tolist() for split in ("train", "valid")
        )
    except (GenomeError, MemoryError) as error:
        if len(candidates) > 1:  # it is the fault of one of them, or of all together
            return [_side_by_side(score, (candidate,))[0] for candidate in candidates]
        return [Evaluation.failed(str(error) or "it needs more memory than there is")]
    seconds = (time.perf_counter() - began) / len(candidates)
    return [_evaluation(*verdict, seconds) for verdict in zip(train, valid, weights, strict=True)]


def _evaluation(train: float, valid: float, weights: Any, seconds: float) -> Evaluation:
    if math.isnan(train) or math.isnan(valid):
        return Evaluation.failed(STOPPED, seconds)
    if math.isinf(train) or math.isinf(valid):
        return Evaluation.failed(NOT_FINITE, seconds)
    return Evaluation.succeeded(valid, weights, (valid,), seconds, guide=train)
