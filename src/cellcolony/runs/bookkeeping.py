"""Count what was done, keep the best genome of each size, and pass every event on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cellcolony.judges.saved import plain_genome, read_genome
from cellcolony.runs.events import Done, Event, FrontChanged, Observer, Told
from cellcolony.runs.genomes import Champion, size_of, trained


class Front:
    """The champions so far, from small to large and so from high to low loss.

    Of two equal genomes the one told first stays.
    """

    def __init__(self) -> None:
        self._champions: tuple[Champion, ...] = ()

    def __iter__(self) -> Iterator[Champion]:
        return iter(self._champions)

    def add(self, new: Champion) -> bool:
        """Take in a genome; say whether it stands on the front."""
        size, loss = new.size, new.loss
        if self._beats(size, loss):
            return False
        unbeaten = [c for c in self._champions if c.size < size or c.loss < loss]
        self._champions = tuple(sorted([*unbeaten, new], key=lambda c: c.size))
        return True

    def _beats(self, size: int, loss: float) -> bool:
        return any(c.size <= size and c.loss <= loss for c in self._champions)

    def observe(self, event: Event) -> bool:
        """Take in a genome that was told and did not fail; say whether the front changed."""
        if not isinstance(event, Told) or event.evaluation.failure is not None:
            return False
        candidate, verdict = event.candidate, event.evaluation
        if self._beats(size_of(candidate.genome), verdict.loss):  # most: spare them the rest
            return False
        return self.add(
            Champion(
                candidate.number,
                trained(candidate.genome, verdict),
                verdict.loss,
                verdict.seconds,
                epochs_before=int(candidate.how.get("epochs_before", 0)),
                own_epochs=verdict.n_epochs,
                rate=candidate.rate,
            )
        )

    def to_list(self) -> list[dict[str, Any]]:
        """Return the champions as plain arrays and values."""
        return [
            {
                "number": champion.number,
                **plain_genome(champion.genome),
                "loss": champion.loss,
                "seconds": champion.seconds,
                "epochs_before": champion.epochs_before,
                "own_epochs": champion.own_epochs,
                "rate": champion.rate,
            }
            for champion in self
        ]

    @staticmethod
    def from_list(kind: str, data: Iterable[Mapping[str, Any]]) -> Front:
        """Read what `to_list` wrote.

        Args:
            kind: What the genomes are.
            data: What was written.

        Raises:
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: A champion has no finite loss, or another one beats it.
        """
        front = Front()
        for saved in data:
            loss = float(saved["loss"])
            champion = Champion(
                int(saved["number"]),
                read_genome(kind, saved),
                loss,
                float(saved["seconds"]),
                int(saved["epochs_before"]),
                int(saved["own_epochs"]),
                float(saved.get("rate", 1.0)),
            )
            finite = all(map(math.isfinite, (loss, champion.seconds, champion.rate)))
            if not (finite and front.add(champion)):
                raise ValueError(f"{kind} {champion.number} does not belong to the front")
        return front


class Bookkeeping:
    """Stands between the loop and all who watch.

    Attributes:
        observers: Who is told of every event, in this order.
        front: The best genome of each size.
        n_done: Evaluations that arrived, failures included.
        n_trainings: How many trainings of the usual length those were worth.
        failures: How often each reason of a failure came.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self.observers = list(observers)
        self.front = Front()
        self.n_done = 0
        self.n_trainings = 0
        self.failures: Counter[str] = Counter()

    def emit(self, event: Event) -> None:
        """Take in an event and pass it on; a change of the front is an event of its own."""
        if isinstance(event, Done):
            self.n_done += 1
            self.n_trainings += event.candidate.n_trainings
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
            "n_trainings": self.n_trainings,
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
        books.n_done, books.n_trainings = int(data["n_done"]), int(data["n_trainings"])
        books.failures = Counter({str(reason): int(n) for reason, n in data["failures"]})
        if not (0 <= books.failures.total() <= books.n_done and books.n_trainings >= 0):
            raise ValueError(f"{books.failures.total()} of {books.n_done} candidates have failed")
        return books
