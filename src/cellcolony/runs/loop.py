"""The search loop: keep candidates in flight, and tell the search what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation, Signal
from cellcolony.errors import RunError
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Done, Draining, Observer, SearchEnded, Told
from cellcolony.runs.executors.worker import WorkerDiedError
from cellcolony.runs.ledger import MOST_FAILED, Ledger, Order, why_stop

Judge = Callable[[Candidate], Evaluation]
Submit = Callable[[Candidate], Future[Evaluation]]

STRICT_WINDOW = 64
"""Strict order: candidate i is asked directly after result i - 64 was told, whoever works."""
LOOK_SECONDS = 0.2
"""How often the loop looks at its flags while it waits."""


def run_search(
    flight: Flight,
    budget: Budget,
    *,
    workers: int,
    stop: NDArray[np.uint8],
    drain: NDArray[np.uint8] | None = None,
    order: Order = "arrival",
    window: int = STRICT_WINDOW,
    seconds: float = 0.0,
    most_failed: float = MOST_FAILED,
) -> SearchEnded:
    """Run a search until its budget is spent, it has no more to ask, or a flag is set.

    What still trains when the time is up is stopped and not told, unless nothing has succeeded by
    then. Candidates that are out already, in a run that goes on, are sent to training first.

    Args:
        flight: The search, who judges, and who watches.
        budget: When to end.
        workers: How many candidates are in flight in the order "arrival".
        stop: `(1,)`; not 0 means stop now. Judges in the same process watch it as well.
        drain: `(1,)`; not 0 means ask no more, and end when what trains now has been told.
        order: "arrival" tells results as they come. "strict" tells them by number, and gives the
            same run for any number of workers.
        window: Strict order: how far the last candidate asked is ahead of the last result told.
        seconds: How long earlier sessions of this search took; the budget covers all.
        most_failed: The share of failures beyond which the search is given up.
    """
    started = time.monotonic() - seconds
    drain = np.zeros(1, np.uint8) if drain is None else drain
    ledger = flight.ledger
    room = workers if order == "arrival" else window
    try:
        flight.send_again()
        while True:
            seconds_left = budget.seconds_left(time.monotonic() - started)
            is_over = bool(stop[0]) or seconds_left == 0
            if drain[0]:
                flight.drain()
            elif not is_over:
                while len(ledger.out) < room and ledger.is_within(budget):
                    if drain[0] or stop[0] or not flight.ask():
                        break
            ready = ledger.next_told(order)
            if ready is not None:
                if budget.is_met_by(flight.tell(ready).loss):
                    reason = f"a loss below {budget.loss:g} was reached"
                    break
                if why := why_stop(ledger.n_told, ledger.failures, most_failed):
                    reason = why
                    break
            elif is_over or (drain[0] and not flight.training):
                reason = "it was interrupted" if stop[0] or drain[0] else "its time was up"
                break
            elif not flight.training:
                done = f"{ledger.n_told} networks were done"
                reason = "it had no more to ask" if ledger.is_within(budget) else done
                break
            else:
                patience = min(LOOK_SECONDS, seconds_left or LOOK_SECONDS)
                finished, _ = wait(flight.training, patience, FIRST_COMPLETED)
                if not stop[0]:  # after that, a training that returns was cut short
                    flight.arrive(finished)
        at_once = bool(stop[0] and drain[0])
        interrupted = bool(stop[0] or drain[0])
        ended = SearchEnded(reason, time.monotonic() - started, interrupted, at_once)
    finally:
        stop[0] = 1
        flight.cancel_waiting()
    if not ledger.n_succeeded and not at_once:
        # The trainings cut short are better than nothing.
        flight.arrive(wait(flight.training).done, cut_short=True)
        for number in sorted(ledger.arrived):
            flight.tell(number)
    flight.emit(ended)
    return ended


@dataclass
class Flight:
    """The candidates in training, and whom to ask, to send and to tell.

    Attributes:
        ledger: The search, and who is out; used from the loop's thread alone.
        submit: Lets a candidate be judged; what its future raises ends the run, but for
            WorkerDiedError, which is a failure of the candidate.
        emit: Is called with every event, from the loop's thread.
        training: The candidates whose evaluation has not arrived.
        is_draining: Whether nobody is asked any more.
    """

    ledger: Ledger
    submit: Submit
    emit: Observer
    training: dict[Future[Evaluation], Candidate] = field(default_factory=dict)
    is_draining: bool = False

    def ask(self) -> bool:
        """Send the next candidate to training; say whether there was one.

        Raises:
            RuntimeError: The search wants to wait although it was told everything.
        """
        candidate = self.ledger.ask()
        if isinstance(candidate, Signal):
            return False
        self.emit(Asked(candidate, self.ledger.n_told))
        self._send(candidate)
        return True

    def send_again(self) -> None:
        """Send the candidates to training that are out and not judged."""
        for candidate in self.ledger.unjudged:
            self._send(candidate)

    def _send(self, candidate: Candidate) -> None:
        with _broken_pools_named():
            self.training[self.submit(candidate)] = candidate

    def arrive(self, finished: set[Future[Evaluation]], cut_short: bool = False) -> None:
        """Take in evaluations, in the order of the candidates' numbers."""
        for future in sorted(finished, key=lambda future: self.training[future].number):
            candidate = self.training.pop(future)
            try:
                with _broken_pools_named():
                    evaluation = future.result()
            except WorkerDiedError as error:
                evaluation = Evaluation.failed(str(error))
            self.ledger.arrive(candidate.number, evaluation)
            self.emit(Done(candidate, evaluation, cut_short))

    def tell(self, number: int) -> Evaluation:
        """Tell the search an evaluation that has arrived."""
        evaluation = self.ledger.arrived[number]
        for candidate, verdict in self.ledger.tell(number):
            self.emit(Told(candidate, verdict))
        return evaluation

    def drain(self) -> None:
        """Ask nobody any more, and wait for those alone whose training has begun."""
        if not self.is_draining:
            self.is_draining = True
            self.cancel_waiting()
            self.emit(Draining(len(self.training)))

    def cancel_waiting(self) -> None:
        """Forget the candidates whose training has not begun."""
        for future in list(self.training):
            if future.cancel():
                del self.training[future]


@contextmanager
def _broken_pools_named() -> Iterator[None]:
    try:
        yield
    except BrokenExecutor as error:
        raise RunError(
            f"The executor that the search was given is broken: {error} What was done is safe. "
            "Resume the run with another executor, or with 'processes', which outlives the death "
            "of a process."
        ) from error
