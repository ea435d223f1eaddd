"""When a checkpoint is written: often enough for a short replay, and too seldom to be felt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cellcolony.runs.checkpoint import Checkpoint, write_checkpoint
from cellcolony.runs.events import Asked, Event, SearchEnded
from cellcolony.runs.journal import Journal

CANDIDATES, SECONDS = 500, 5.0
"""In strict order a checkpoint takes some 40 ms of the default colony's time, 70 of the published
one's, and asking and telling a candidate again 1 to 2 (`benchmarks/run_directory.py`): with this
many candidates, and this much time, between two checkpoints, a candidate pays 0.1 ms, and a resume
replays for a second."""


class Saver:
    """Writes checkpoints of a run.

    One is written directly after a candidate was asked, never while a search comes to its end: in
    strict order a search that goes on with a larger budget then takes the way of one that had it
    from the start.

    Args:
        run: The run directory.
        checkpoint: The last one.
        journal: The run's journal.
    """

    def __init__(self, run: Path, checkpoint: Checkpoint, journal: Journal) -> None:
        self.last = checkpoint
        self._run = run
        self._journal = journal
        self._state: Callable[[], Mapping[str, Any]] | None = None
        self._n_asked = 0

    def keep(self, state: Callable[[], Mapping[str, Any]]) -> None:
        """Say what gives the state of the run, as plain arrays and values."""
        self._state = state

    def observe(self, event: Event) -> None:
        """Write a checkpoint if one is due; the journal has written the event down."""
        if isinstance(event, Asked):
            self._n_asked += 1
            seconds = self._journal.seconds
            if self._n_asked >= CANDIDATES and seconds - self.last.seconds >= SECONDS:
                self._save(seconds)
        elif isinstance(event, SearchEnded):
            self._write(replace(self.last, seconds=event.seconds))

    def _save(self, seconds: float) -> None:
        if self._state is not None:
            offset = self._journal.flush_to_disk()
            state = self._state()
            self._write(replace(self.last, seconds=seconds, offset=offset, state=state))
        self._n_asked = 0

    def _write(self, checkpoint: Checkpoint) -> None:
        self.last = replace(checkpoint, serial=self.last.serial + 1)
        write_checkpoint(self._run, self.last)
