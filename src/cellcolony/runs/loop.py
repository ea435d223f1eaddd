"""The search loop: keep candidates in flight, and tell the search what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cellcolony.fitness.evaluation import Evaluation
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Done, Observer, SearchEnded, Told
from cellcolony.search.contract import WAIT, Candidate, Search, Signal
from cellcolony.seeds import rng_for

Order = Literal["arrival", "strict"]
Judge = Callable[[Candidate], Evaluation]

STRICT_WINDOW = 64
"""Strict order: candidate i is asked directly after result i - 64 was told, whoever works."""


def run_search(
    flight: Flight,
    budget: Budget,
    *,
    workers: int,
    stop: NDArray[np.uint8],
    order: Order = "arrival",
    window: int = STRICT_WINDOW,
) -> SearchEnded:
    """Run a search until its budget is spent, it has no more to ask, or `stop` is set.

    What still trains at the end is stopped and not told, unless nothing has succeeded by then.

    Args:
        flight: The search, who judges, and who watches.
        budget: When to end.
        workers: How many candidates are in flight in the order "arrival".
        stop: `(1,)`; not 0 means stop now. Judges in the same process watch it as well.
        order: "arrival" tells results as they come. "strict" tells them by number, and gives the
            same run for any number of workers.
        window: Strict order: how far the last candidate asked is ahead of the last result told.
    """
    started = time.monotonic()
    room = workers if order == "arrival" else window
    try:
        while True:
            seconds_left = budget.seconds_left(time.monotonic() - started)
            is_over = bool(stop[0]) or seconds_left == 0
            while not is_over and flight.n_out < room and flight.n_asked < budget.most_networks:
                if not flight.ask():
                    break
            ready = flight.n_told if order == "strict" else next(iter(flight.arrived), None)
            if ready in flight.arrived:
                if budget.is_met_by(flight.tell(ready).loss):
                    reason = f"a loss below {budget.loss:g} was reached"
                    break
            elif is_over:
                reason = "it was interrupted" if stop[0] else "its time was up"
                break
            elif not flight.training:
                spent = flight.n_asked >= budget.most_networks
                reason = f"{flight.n_told} networks were done" if spent else "it had no more to ask"
                break
            else:
                finished, _ = wait(flight.training, seconds_left, FIRST_COMPLETED)
                if not stop[0]:  # after that, a training that returns was cut short
                    flight.arrive(finished)
        ended = SearchEnded(reason, time.monotonic() - started, interrupted=bool(stop[0]))
    finally:
        stop[0] = 1
        flight.cancel_waiting()
    if not flight.n_succeeded:  # the trainings cut short are better than nothing
        flight.arrive(wait(flight.training).done)
        for number in sorted(flight.arrived):
            flight.tell(number)
    flight.emit(ended)
    return ended


@dataclass
class Flight:
    """The candidates that are out, and whom to ask, to send and to tell.

    Attributes:
        search: Is asked for candidates and told their evaluations, from the loop's thread alone.
        judge: Evaluates a network on a worker; what it raises ends the run.
        executor: Carries out `judge`.
        seed: Keys the random stream of every candidate.
        emit: Is called with every event, from the loop's thread.
        training: The candidates whose evaluation has not arrived.
        arrived: The candidates whose evaluation has arrived and was not told, by number.
    """

    search: Search
    judge: Judge
    executor: Executor
    seed: int
    emit: Observer
    training: dict[Future[Evaluation], Candidate] = field(default_factory=dict)
    arrived: dict[int, tuple[Candidate, Evaluation]] = field(default_factory=dict)
    n_asked: int = 0
    n_told: int = 0
    n_succeeded: int = 0

    @property
    def n_out(self) -> int:
        """How many candidates were asked and not told."""
        return self.n_asked - self.n_told

    def ask(self) -> bool:
        """Send the next candidate to training; say whether there was one.

        Raises:
            RuntimeError: The search wants to wait although it was told everything.
        """
        number = self.n_asked
        candidate = self.search.ask(number, rng_for(self.seed, number, "ask"))
        if isinstance(candidate, Signal):
            if candidate is WAIT and self.n_out == 0:
                raise RuntimeError("The search answered WAIT with nothing left to wait for.")
            return False
        self.emit(Asked(candidate))
        self.training[self.executor.submit(self.judge, candidate)] = candidate
        self.n_asked += 1
        return True

    def arrive(self, finished: set[Future[Evaluation]]) -> None:
        """Take in evaluations, in the order of the candidates' numbers."""
        for future in sorted(finished, key=lambda future: self.training[future].number):
            candidate, evaluation = self.training.pop(future), future.result()
            self.emit(Done(candidate, evaluation))
            self.arrived[candidate.number] = (candidate, evaluation)

    def tell(self, number: int) -> Evaluation:
        """Tell the search an evaluation that has arrived."""
        candidate, evaluation = self.arrived.pop(number)
        self.search.tell(number, evaluation)
        self.emit(Told(candidate, evaluation))
        self.n_told += 1
        self.n_succeeded += evaluation.failure is None
        return evaluation

    def cancel_waiting(self) -> None:
        """Forget the candidates whose training has not begun."""
        for future in list(self.training):
            if future.cancel():
                del self.training[future]
