"""Count what was done, keep the front, and pass every event on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cellcolony.runs.events import Done, Event, FrontChanged, Observer
from cellcolony.runs.front import Front


class Bookkeeping:
    """Stands between the loop and all who watch.

    Attributes:
        observers: Who is told of every event, in this order.
        front: The best genome of each size.
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

    def to_dict(self) -> dict[str, Any]:
        """Return all but the observers as plain arrays and values."""
        return {
            "front": self.front.to_list(),
            "n_done": self.n_done,
            "failures": [list(pair) for pair in self.failures.items()],
        }

    @staticmethod
    def from_dict(kind: str, data: Mapping[str, Any]) -> Bookkeeping:
        """Read what `to_dict` wrote.

        Args:
            kind: What the genomes are.
            data: What was written.

        Raises:
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A value cannot be.
        """
        books = Bookkeeping()
        books.front = Front.from_list(kind, data["front"])
        books.n_done = int(data["n_done"])
        books.failures = Counter({str(reason): int(n) for reason, n in data["failures"]})
        if not 0 <= books.failures.total() <= books.n_done:
            raise ValueError(f"{books.failures.total()} of {books.n_done} candidates have failed")
        return books
