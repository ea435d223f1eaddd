"""Observe a study from a thread of its own, so that no observer can harm or slow it.

A disk may be full, a server gone, a call may never return: the study hands over its events and goes
on. An observer that fails, or does not keep up, is warned of once, and is told nothing more.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from queue import Full, Queue
from threading import Thread

from cellcolony.errors import ObserverWarning
from cellcolony.runs.events import Event, Observer
from cellcolony.runs.observers import Subject, Wanted

MOST_WAITING = 10_000
"""Events that may wait for an observer: minutes of the quickest search."""
PATIENCE_SECONDS, IMPATIENT_SECONDS = 20.0, 1.0
"""How long the end of a study waits for an observer; and one that is left in the middle."""


class Apart:
    """An observer in a thread of its own.

    Args:
        wanted: The observer, which begins with the first event.
        subject: What it observes.
        warn: Is told a whole sentence, once, from the thread that hands over events.
    """

    def __init__(self, wanted: Wanted, subject: Subject, warn: Callable[[str], None]) -> None:
        self._wanted, self._subject, self._warn = wanted, subject, warn
        self._waiting: Queue[Event | None] = Queue(MOST_WAITING)
        self._failure = ""
        self._is_given_up = False
        self._thread = Thread(target=self._run, name=f"observer {wanted.name}", daemon=True)

    def observe(self, event: Event) -> None:
        """Hand an event over."""
        if self._is_given_up:
            return
        if self._thread.ident is None:
            self._thread.start()
        try:
            self._waiting.put_nowait(event)
        except Full:
            self._failure = self._failure or f"{MOST_WAITING:,} events wait for it"
        if self._failure:
            self._give_up()

    def close(self, patience: float = PATIENCE_SECONDS) -> None:
        """Wait until it has taken in what was handed over, but not for ever."""
        if self._thread.ident is None or self._is_given_up:
            return
        with suppress(Full):
            self._waiting.put_nowait(None)
        self._thread.join(patience)
        if self._thread.is_alive():
            self._failure = self._failure or f"it did not end within {patience:g} seconds"
        if self._failure:
            self._give_up()

    def _give_up(self) -> None:
        self._is_given_up = True
        self._warn(
            f"The observer {self._wanted.name} has failed and is told nothing more: "
            f"{self._failure}. The study goes on as it would without it."
        )

    def _run(self) -> None:
        try:
            with self._wanted.begin(self._subject) as observe:
                while (event := self._waiting.get()) is not None:
                    observe(event)
        except BaseException as error:  # an observer may even want to exit
            text = " ".join(str(error).split()).removesuffix(".")
            self._failure = f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextmanager
def observing(
    wanted: Iterable[Wanted], subject: Subject, tell: Callable[[str], None]
) -> Iterator[tuple[Observer, ...]]:
    """Give what hands a study's events over to its observers; leaving ends the observation.

    Args:
        wanted: The observers.
        subject: The study.
        tell: Is told of a failure; Python is warned of it as well.
    """

    def warn(text: str) -> None:
        tell(text)
        with suppress(ObserverWarning):  # where warnings are errors
            warnings.warn(text, ObserverWarning, stacklevel=2)

    observers = [Apart(one, subject, warn) for one in wanted]
    patience = IMPATIENT_SECONDS  # of whoever wants to leave at once
    try:
        yield tuple(one.observe for one in observers)
        patience = PATIENCE_SECONDS
    finally:
        for one in observers:
            one.close(patience)
