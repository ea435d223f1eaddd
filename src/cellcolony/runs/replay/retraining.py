"""Train the candidates of a run again: each must come out as its journal says."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation
from cellcolony.networks.train import DIVERGED
from cellcolony.runs.events import Done, Event, Observer, TrainedAgain
from cellcolony.runs.replaying.sameness import Difference, first_difference

REPEATABLE = (DIVERGED, "its validation loss")
"""How the failures begin that a second training must end in too; the others depend on time, on
memory, or on who else was at work."""
CUT_SHORT = "the end of the search cut its training short"


@dataclass(frozen=True)
class Retrained:
    """What has come of the trainings.

    Attributes:
        n_same: How many came out as the journal says: loss, curve, steps and weights, to the last
            bit, or the same failure.
        different: The candidates that did not, by number, and where their verdicts first differ.
        apart: How many were not trained, by the reason why their verdict cannot be compared.
        front: Where the errors in front.csv differ from those of its networks; None where they are
            the same.
    """

    n_same: int
    different: Mapping[int, Difference]
    apart: Mapping[str, int]
    front: Difference | None = None

    @property
    def is_same(self) -> bool:
        """Whether all that could be compared is the same."""
        return not self.different and self.front is None


@dataclass
class Retraining:
    """Trains each candidate whose verdict goes by, and compares.

    Attributes:
        judge: Trains a candidate on a worker.
        executor: Carries out `judge`.
        most: How many trainings are waited for at most.
        stop: `(1,)`; not 0 once the user wants to leave.
        n: How many verdicts will go by.
        emit: Is told of every training.
    """

    judge: Callable[[Candidate], Evaluation]
    executor: Executor
    most: int
    stop: NDArray[np.uint8]
    n: int
    emit: Observer
    apart: Counter[str] = field(default_factory=Counter)
    different: dict[int, Difference] = field(default_factory=dict)
    n_same: int = 0
    _training: deque[tuple[Done, Future[Evaluation]]] = field(default_factory=deque)

    def observe(self, event: Event) -> None:
        """Train a candidate again whose verdict goes by.

        Raises:
            KeyboardInterrupt: The user wants to leave.
        """
        if not isinstance(event, Done):
            return
        failure = event.evaluation.failure
        if failure is not None and not failure.startswith(REPEATABLE):
            self.apart[failure] += 1
            return
        self._training.append((event, self.executor.submit(self.judge, event.candidate)))
        if len(self._training) >= self.most:
            self._compare_first()

    def finish(self, n_cut_short: int) -> Retrained:
        """Wait for the last trainings, and return what has come of all.

        Args:
            n_cut_short: How many verdicts did not go by: those of trainings that were cut short.

        Raises:
            KeyboardInterrupt: The user wants to leave.
        """
        while self._training:
            self._compare_first()
        if n_cut_short:
            self.apart[CUT_SHORT] += n_cut_short
        return Retrained(self.n_same, self.different, self.apart)

    def _compare_first(self) -> None:
        event, future = self._training.popleft()
        again, number = future.result(), event.candidate.number
        if self.stop[0]:  # this training was cut short
            raise KeyboardInterrupt
        found = first_difference(_verdict(event.evaluation), _verdict(again))
        if found is None:
            self.n_same += 1
        else:
            self.different[number] = found
        n_done = self.n_same + len(self.different)
        n = self.n - self.apart.total()
        self.emit(TrainedAgain(number, n_done, n, len(self.different)))


def _verdict(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as the journal tells it, without seconds."""
    curve = [loss if math.isfinite(loss) else None for loss in evaluation.curve]
    return {
        "failure": evaluation.failure,
        "loss": evaluation.loss,
        "curve": curve,
        "weights": evaluation.weights,
        "n_steps": evaluation.n_steps,
    }
