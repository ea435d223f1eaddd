"""How a running battery stands: a line in place on a terminal, lines of a log anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cellcolony.report.watch import is_live
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.run import BatteryStarted, RunEnded
from cellcolony.runs.events import Compiling
from cellcolony.wording import count, duration, number, printable


@contextmanager
def watch_battery(
    console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[BatteryWatch]:
    """Yield what shows a battery's events on standard error: feed its `observe`.

    Args:
        console: Where to.
        clock: Tells the time in seconds.
    """
    console = console or Console(stderr=True)
    if not is_live(console):
        yield BatteryWatch(lambda line: print(line, file=sys.stderr, flush=True), clock, True)
        return
    shown = BatteryWatch(lambda line: console.print(Text(line)), clock, False)
    with Live(console=console, get_renderable=lambda: Text(shown.line())):
        yield shown


class BatteryWatch:
    """Counts a battery's events and says how it stands.

    Args:
        write: Is given the lines that are to stay.
        clock: Tells the time in seconds.
        tells_runs: Whether a line is written when a run has ended.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float], tells_runs: bool
    ) -> None:
        self._write = write
        self._clock = clock
        self._tells_runs = tells_runs
        self._began, self._n_ended, self._n_failed = 0.0, 0, 0
        self._started: BatteryStarted | None = None

    def observe(self, event: Compiling | BatteryStarted | RunEnded) -> None:
        """Take in an event and show it."""
        if isinstance(event, Compiling):
            self._write(f"Loading or compiling {count(len(event.cell_names), 'cell')}.")
        elif isinstance(event, BatteryStarted):
            self._started, self._began = event, self._clock()
            if self._tells_runs:
                self._write(self.line())
        else:
            self._n_ended += 1
            self._n_failed += event.record.failure is not None
            if self._tells_runs:
                self._write(f"{self.line()}; {printable(self._ending(event.record))}")

    def line(self) -> str:
        """Say how the battery stands, and how long it will still take."""
        if self._started is None:
            return ""
        n_done = self._started.n_finished + self._n_ended
        seconds = self._clock() - self._began
        line = f"{duration(seconds)}: {n_done:,} of {count(self._started.n_runs, 'run')} done"
        if self._n_failed:
            line += f", {self._n_failed} failed"
        n_left = self._started.n_runs - n_done
        if self._n_ended and n_left:
            line += f", some {duration(seconds / self._n_ended * n_left)} left"
        return line

    def _ending(self, record: Record) -> str:
        """Say what a run found."""
        what = f"{record.configuration}, seed {record.seed}"
        if record.failure is not None:
            return f"{what}: failed, {record.failure}"
        title = self._started.title if self._started is not None else record.measure
        errors = (("valid", record.valid), ("test", record.test))
        said = [f"{split} {title} {number(error)}" for split, error in errors if error is not None]
        return f"{what}: {', '.join(said)}"
