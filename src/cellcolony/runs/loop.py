"""The search loop: keep candidates in flight, and tell the search what became of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation, Signal
from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Done, Draining, Observer, SearchEnded, Told
from cellcolony.runs.executors.worker import WorkerDiedError
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.ledger import MOST_FAILED, Ledger, Order, why_stop

Submit = Callable[[Any], Future[Any]]

STRICT_WINDOW = 64
"""Strict order: candidate i is asked directly after result i - 64 was told, whoever works."""
LOOK_SECONDS = 0.2
"""How often the loop looks at its flags while it waits."""


def run_search(
    flight: Flight,
    budget: Budget,
    *,
    workers: int | Callable[[], int],
    stop: NDArray[np.uint8],
    drain: NDArray[np.uint8] | None = None,
    order: Order = "arrival",
    window: int = STRICT_WINDOW,
    seconds: float = 0.0,
    most_failed: float = MOST_FAILED,
    kind: str = Network.kind,
) -> SearchEnded:
    """Run a search until its budget is spent, it has no more to ask, or a flag is set.

    What still trains when the time is up is stopped and not told, unless nothing has succeeded by
    then. Candidates that are out already, in a run that goes on, are sent to training first.

    Args:
        flight: The search, who judges, and who watches.
        budget: When to end.
        workers: How many batches of candidates are in flight in the order "arrival"; where that
            changes, a function that says how many now. It is called before each ask or wait.
        stop: `(1,)`; not 0 means stop now. Judges in the same process watch it as well.
        drain: `(1,)`; not 0 means ask no more, and end when what trains now has been told.
        order: "arrival" tells results as they come. "strict" tells them by number, and gives the
            same run for any number of workers.
        window: Strict order: how far the last candidate asked is ahead of the last result told.
        seconds: How long earlier sessions of this search took; the budget covers all.
        most_failed: The share of failures beyond which the search is given up.
        kind: What its genomes are, for what is said of it.
    """
    started = time.monotonic() - seconds
    drain = np.zeros(1, np.uint8) if drain is None else drain
    ledger = flight.ledger
    try:
        flight.send_again()
        while True:
            seconds_left = budget.seconds_left(time.monotonic() - started)
            is_over = bool(stop[0]) or seconds_left == 0
            if drain[0]:
                flight.drain()
            elif not is_over:
                n_workers = workers() if callable(workers) else workers
                room = n_workers * flight.batch if order == "arrival" else window
                while len(ledger.out) < room and ledger.is_within(budget):
                    if drain[0] or stop[0] or not flight.ask():
                        break
                flight.send()
            ready = ledger.next_told(order)
            if ready is not None:
                if budget.is_met_by(flight.tell(ready).loss):
                    reason = f"a loss below {budget.loss:g} was reached"
                    break
                if why := why_stop(ledger.n_told, ledger.failures, most_failed, kind):
                    reason = why
                    break
            elif is_over or (drain[0] and not flight.training):
                reason = "it was interrupted" if stop[0] or drain[0] else "its time was up"
                break
            elif not flight.training:
                done = f"{ledger.n_told} {KINDS[kind].noun}s were done"
                reason = "it had no more to ask" if ledger.is_within(budget) else done
                break
            else:
                patience = min(LOOK_SECONDS, seconds_left or LOOK_SECONDS)
                finished = flight.wait(patience)
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
        batch: How many candidates are sent together at most. Where that is more than 1, `submit`
            takes a tuple of candidates and gives as many evaluations.
        training: The candidates whose evaluation has not arrived, as they were sent.
        is_draining: Whether nobody is asked any more.
    """

    ledger: Ledger
    submit: Submit
    emit: Observer
    batch: int = 1
    training: dict[Future[Any], tuple[Candidate, ...]] = field(default_factory=dict)
    is_draining: bool = False
    _asked: list[Candidate] = field(default_factory=list)
    _finished: SimpleQueue[Future[Any]] = field(default_factory=SimpleQueue)

    def ask(self) -> bool:
        """Ask for the next candidate, and send it once a batch is full; say whether there was one.

        Raises:
            RuntimeError: The search wants to wait although it was told everything.
        """
        candidate = self.ledger.ask()
        if isinstance(candidate, Signal):
            return False
        self.emit(Asked(candidate, self.ledger.n_told))
        self._collect(candidate)
        return True

    def send_again(self) -> None:
        """Send the candidates to training that are out and not judged."""
        for candidate in self.ledger.unjudged:
            self._collect(candidate)
        self.send()

    def _collect(self, candidate: Candidate) -> None:
        self._asked.append(candidate)
        if len(self._asked) >= self.batch:
            self.send()

    def send(self) -> None:
        """Send to training what was asked and waits for others to be sent with."""
        if self._asked:
            together, self._asked = tuple(self._asked), []
            self._submit(together)

    def _submit(self, together: tuple[Candidate, ...]) -> None:
        with _broken_pools_named():
            future = self.submit(together if self.batch > 1 else together[0])
        self.training[future] = together
        future.add_done_callback(self._finished.put)

    def wait(self, seconds: float) -> set[Future[Any]]:
        """Return the trainings that have ended since the last call; wait for one if none has.

        It takes as long for a thousand in flight as for one.

        Args:
            seconds: How long to wait at most.
        """
        finished: set[Future[Any]] = set()
        try:
            finished.add(self._finished.get(timeout=seconds))
            while True:
                finished.add(self._finished.get_nowait())
        except Empty:
            return finished & self.training.keys()  # without those that were cancelled

    def arrive(self, finished: set[Future[Any]], cut_short: bool = False) -> None:
        """Take in evaluations, in the order of the candidates' numbers."""
        for future in sorted(finished, key=lambda future: self.training[future][0].number):
            together = self.training.pop(future)
            try:
                with _broken_pools_named():
                    found = future.result()
            except WorkerDiedError as error:
                if len(together) > 1 and not cut_short:  # which of them it was will be seen
                    for candidate in together:
                        self._submit((candidate,))
                    continue
                found = [Evaluation.failed(str(error)) for _ in together]
            evaluations = [found] if isinstance(found, Evaluation) else found
            for candidate, evaluation in zip(together, evaluations, strict=True):
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
            self.emit(Draining(sum(map(len, self.training.values()))))

    def cancel_waiting(self) -> None:
        """Forget the candidates whose training has not begun."""
        self._asked.clear()
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
