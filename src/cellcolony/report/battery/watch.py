"""How a running battery stands: a line in place on a terminal, lines of a log anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.run import BatteryStarted, RunEnded
from cellcolony.runs.events import Compiling
from cellcolony.wording import count, duration, number, printable


class BatteryWatch:
    """Shows a battery's events on standard error; enter it, then feed its `observe`.

    Args:
        console: Where to.
        clock: Tells the time in seconds.
    """

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console or Console(stderr=True)
        self._clock = clock
        self._began, self._n_ended, self._n_failed = 0.0, 0, 0
        self._started: BatteryStarted | None = None
        is_live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._live = (
            Live(console=self._console, get_renderable=lambda: Text(self.line()))
            if is_live
            else None
        )

    def __enter__(self) -> BatteryWatch:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def observe(self, event: Compiling | BatteryStarted | RunEnded) -> None:
        """Take in an event and show it."""
        if isinstance(event, Compiling):
            self._write(f"Loading or compiling {count(len(event.cell_names), 'cell')}.")
        elif isinstance(event, BatteryStarted):
            self._started, self._began = event, self._clock()
            if self._live is None:
                self._write(self.line())
        else:
            self._n_ended += 1
            self._n_failed += event.record.failure is not None
            if self._live is None:
                self._write(f"{self.line()}; {self._ending(event.record)}")

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

    def _write(self, line: str) -> None:
        if self._live is not None:
            self._console.print(printable(line), markup=False, highlight=False)
        else:
            print(printable(line), file=sys.stderr, flush=True)
