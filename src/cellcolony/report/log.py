"""The log: how the search stands, as plain lines for a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from cellcolony.report.progress import Progress
from cellcolony.report.standing import (
    compiling_line,
    draining_line,
    ending,
    heading,
    nothing_left_line,
    rivals_line,
    standing,
)
from cellcolony.runs.events import (
    Compiling,
    Done,
    Draining,
    Event,
    NothingLeft,
    RivalsStarted,
    Scoring,
    SearchEnded,
    SearchStarted,
    Stage,
    Warned,
)
from cellcolony.runs.watching.following import Seen
from cellcolony.runs.watching.tally import DoneLine

LEAST_SECONDS = 10.0
"""Between two lines of a young search."""
LEAST_SHARE = 0.02
"""Of the time so far, between two lines of an old one."""


class Log:
    """Writes a line when a phase begins or ends, and in between not too often."""

    def __init__(self, write: Callable[[str], None], progress: Progress | None = None) -> None:
        self._write = write
        self._progress = progress or Progress()
        self._next_seconds = 0.0

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing behind: every line was written when it was due."""

    def remark(self, line: str) -> None:
        """Write a line that no event asks for."""
        self._write(line)

    def observe(self, event: Event | Seen) -> None:
        """Take in an event, and write a line if one is due."""
        progress = self._progress
        had_ended = progress.ended is not None and not isinstance(event, SearchStarted)
        progress.observe(event)
        if isinstance(event, Compiling):
            self._write(compiling_line(progress))
        elif isinstance(event, SearchStarted):
            self._next_seconds = 0.0
            self._write(heading(progress))
        elif isinstance(event, (Done, DoneLine)) and progress.seconds >= self._next_seconds:
            self._write(standing(progress))
            pause = max(LEAST_SECONDS, LEAST_SHARE * progress.seconds)
            self._next_seconds = progress.seconds + pause
        elif isinstance(event, Draining):
            self._write(draining_line(progress))
        elif isinstance(event, NothingLeft):
            self._write(nothing_left_line(event))
        elif isinstance(event, (Warned, Stage)):
            self._write(event.text)
        elif isinstance(event, SearchEnded) and not had_ended:
            self._write(standing(progress))
        elif isinstance(event, Scoring):
            self._write(ending(progress))
        elif isinstance(event, RivalsStarted):
            self._write(rivals_line(progress))
