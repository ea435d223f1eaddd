"""Count what was done, keep the front, and pass every event on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cellcolony.runs.events import Done, Event, FrontChanged, Observer
from cellcolony.runs.front import Front


class Bookkeeping:
    """Stands between the loop and all who watch.

    Attributes:
        observers: Who is told of every event, in this order.
        front: The best network of each size.
        n_done: Evaluations that arrived, failures included.
        failures: How often each reason of a failure came.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self.observers = list(observers)
        self.front = Front()
        self.n_done = 0
        self.failures: Counter[str] = Counter()

    def emit(self, event: Event) -> None:
        """Take in an event and pass it on; a change of the front is an event of its own."""
        if isinstance(event, Done):
            self.n_done += 1
            if event.evaluation.failure is not None:
                self.failures[event.evaluation.failure] += 1
        for observer in self.observers:
            observer(event)
        if self.front.observe(event):
            self.emit(FrontChanged(tuple(self.front)))
