"""How a running league stands: each run as any study is shown, and which of how many it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from cellcolony.report.watch import watch
from cellcolony.runs.events import Event, Warned
from cellcolony.runs.league.run import RunBegins, RunEnds
from cellcolony.wording import duration, number, printable


@contextmanager
def watch_league(
    console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[RunBegins | RunEnds | Event], None]]:
    """Yield what shows a league's events on standard error.

    Args:
        console: Where to.
        clock: Tells the time in seconds.
    """
    with ExitStack() as stack:
        yield LeagueWatch(console or Console(stderr=True), clock, stack).observe


class LeagueWatch:
    """Shows one run after the other, each from its beginning.

    Args:
        console: Where to.
        clock: Tells the time in seconds.
        stack: Ends what is shown last.
    """

    def __init__(self, console: Console, clock: Callable[[], float], stack: ExitStack) -> None:
        self._console, self._clock, self._stack = console, clock, stack
        self._began = clock()
        self._n_ended = self._n_failed = 0
        self._run: RunBegins | None = None
        self._show = self._opened()

    def observe(self, event: RunBegins | RunEnds | Event) -> None:
        """Take in an event and show it."""
        if isinstance(event, RunBegins):
            self._stack.close()  # what was shown of the run before
            self._run, self._show = event, self._opened()
            self._show(Warned(self.line()))
        elif isinstance(event, RunEnds):
            self._n_ended += 1
            self._n_failed += bool(event.failure)
            self._show(Warned(_ending(event)))
        else:
            self._show(event)

    def line(self) -> str:
        """Say which run is under way, and how long the league will still take."""
        run = self._run
        if run is None:
            return ""
        line = f"Run {run.place:,} of {run.n:,}: {run.task}, seed {run.seed}"
        if self._n_failed:
            line += f"; {self._n_failed} failed"
        if self._n_ended:
            each = (self._clock() - self._began) / self._n_ended
            line += f"; some {duration(each * (run.n - run.place + 1))} left"
        return line

    def _opened(self) -> Callable[[Event], None]:
        return self._stack.enter_context(watch(self._console, foot=self.line)).observe


def _ending(event: RunEnds) -> str:
    what = f"{event.task}, seed {event.seed}"
    if event.failure:
        return printable(f"{what} failed: {event.failure}")
    errors = f"valid {number(event.valid)}, test {number(event.test)}"
    return f"{what}: the evolved network has {errors}."
