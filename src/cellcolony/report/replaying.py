"""How a replay stands: a line in place on a terminal, and one now and then anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from cellcolony.report.watch import is_live
from cellcolony.runs.events import Asked, Compiling, Event, TrainedAgain
from cellcolony.wording import count

LIVE_SECONDS, LOG_SECONDS = 0.1, 10.0
"""Between two lines, on a terminal and elsewhere."""


class ReplayLine:
    """Says how a replay stands, not too often.

    Args:
        write: Is given each line.
        seconds: So long is waited before a line.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._seconds = seconds
        self._clock = clock
        self._next = clock() + seconds
        self._n_asked = 0

    def observe(self, event: Event) -> None:
        """Take in an event, and write a line if one is due."""
        if isinstance(event, Compiling):
            self._write(f"Compiling {count(len(event.cell_names), 'cell')} for this machine")
            return
        if isinstance(event, Asked):
            self._n_asked += 1
            line = f"Asked again: {count(self._n_asked, 'candidate')}"
        elif isinstance(event, TrainedAgain):
            line = f"Trained again: {event.n_done:,} of {event.n:,}"
            if event.n_different:
                line += f", {event.n_different:,} came out otherwise"
        else:
            return
        if self._clock() >= self._next:
            self._write(line)
            self._next = self._clock() + self._seconds


@contextmanager
def shown_replay() -> Iterator[ReplayLine]:
    """Yield what shows a replay's events on standard error; standard output stays free."""
    console = Console(stderr=True)
    if is_live(console):
        with console.status("") as status:
            yield ReplayLine(lambda line: status.update(Text(line)), LIVE_SECONDS)
    else:
        yield ReplayLine(lambda line: print(line, file=sys.stderr, flush=True), LOG_SECONDS)
