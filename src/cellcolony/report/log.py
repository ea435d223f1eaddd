"""The log: how a study stands, as plain lines for a file or a pipe."""

from __future__ import annotations

from collections.abc import Callable

from cellcolony.report import status
from cellcolony.report.progress import Progress
from cellcolony.runs import events
from cellcolony.runs.watch.following import Seen, StudyEnded
from cellcolony.runs.watch.tally import DoneLine

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

    def remark(self, line: str) -> None:
        """Write a line that no event asks for."""
        self._write(line)

    def observe(self, event: events.Event | Seen) -> None:
        """Take in an event, and write a line if one is due."""
        progress = self._progress
        progress.observe(event)
        search, stage = progress.search, progress.stage
        if isinstance(event, events.Compiling):
            self._write(status.compiling_line(progress))
        elif isinstance(event, events.StageStarted) and stage is not None:
            self._write(status.stage_line(stage))
        elif isinstance(event, events.ItemDone) and event.text:
            self._write(status.item_line(event))
        elif isinstance(event, events.Share) and event.epoch is not None:
            self._write(status.share_line(event))
        elif isinstance(event, events.NothingLeft):
            self._write(status.nothing_left_line(event))
        elif isinstance(event, events.Warned | events.Foreseen):
            self._write(event.text)
        elif isinstance(event, StudyEnded):
            if search is not None:
                self._write(status.ending(search))
            self._write("The study has ended.")
        elif isinstance(event, events.SearchStarted) and search is not None:
            self._next_seconds = 0.0
            self._write(status.heading(search))
        elif isinstance(event, (events.Done, DoneLine)) and search is not None:
            if search.seconds >= self._next_seconds:
                self._write(status.search_line(search))
                pause = max(LEAST_SECONDS, LEAST_SHARE * search.seconds)
                self._next_seconds = search.seconds + pause
        elif isinstance(event, events.Draining) and search is not None:
            self._write(status.draining_line(search))
        elif isinstance(event, events.SearchEnded) and progress.current is not None:
            self._write(status.search_line(progress.current))
            self._write(status.ending(progress.current))
