"""Keep a run directory up to date while its search runs: a kill loses only what still trains."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from cellcolony.runs import directory
from cellcolony.runs.checkpoint import Checkpoint, write_checkpoint
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Asked, Event, FrontChanged, SearchEnded
from cellcolony.runs.genomes import Champion
from cellcolony.runs.journal import Journal
from cellcolony.runs.start_file import START, start_json
from cellcolony.store.files import remove, write_file
from cellcolony.store.lock import locked
from cellcolony.store.writing import recording

WriteFront: TypeAlias = Callable[[Sequence[Champion]], None]
"""Writes the files of the front, and removes those of former champions."""
CANDIDATES, SECONDS = 500, 5.0
"""In strict order a checkpoint takes some 40 ms of the default colony's time, 70 of the published
one's, and asking and telling a candidate again 1 to 2 (`benchmarks/run_directory.py`): with this
many candidates, and this much time, between two checkpoints, a candidate pays 0.1 ms, and a resume
replays for a second."""
QUICK_SECONDS = 0.25
"""A checkpoint that takes longer, as with a thousand candidates in flight, comes so much rarer that
all of them take a twentieth of the time."""


@contextmanager
def new_run(
    path: Path, config: StudyConfig, checkpoint: Checkpoint, files: Mapping[str, bytes]
) -> Iterator[Recorder]:
    """Make a run directory, lock it, and return what writes down what happens.

    If the user leaves before anything has happened, while cells are compiled, it is removed again.

    Args:
        path: Where; nothing may stand there.
        config: The configuration of the study.
        checkpoint: The first one.
        files: What its judge needs, by name.

    Raises:
        RunError: Something stands there, or the folder cannot be made.
    """
    directory.create(path)
    try:
        with locked(path):
            with recording(path):
                write_checkpoint(path, checkpoint)
                if config.starts:
                    write_file(path / START, start_json(config.starts))
                for name, content in files.items():
                    (path / directory.JUDGE).mkdir(exist_ok=True)
                    write_file(path / directory.JUDGE / name, content)
                write_file(path / directory.CONFIG, config.to_toml())  # from now on it is a run
            with closing(Recorder(path, checkpoint)) as recorder:
                yield recorder
    except KeyboardInterrupt:
        if not (path / directory.JOURNAL).exists() or not (path / directory.JOURNAL).stat().st_size:
            remove(path)
        raise


@contextmanager
def continued_run(path: Path, config: StudyConfig, checkpoint: Checkpoint) -> Iterator[Recorder]:
    """Return what goes on writing down a run, which the caller has locked.

    Args:
        path: The run directory.
        config: Its configuration, of which something may have grown.
        checkpoint: That with which this session begins.

    Raises:
        RunError: The directory cannot be written to.
    """
    with closing(Recorder(path, checkpoint)) as recorder:  # first: it locks the journal
        with recording(path):
            write_checkpoint(path, checkpoint)
            if (path / directory.CONFIG).read_text("utf-8") != (text := config.to_toml()):
                write_file(path / directory.CONFIG, text)
            for name in directory.OF_AN_END:
                (path / name).unlink(missing_ok=True)
            (path / directory.CHAMPIONS).mkdir(exist_ok=True)
        yield recorder


class Recorder:
    """Writes what happens into a run directory.

    A checkpoint is written directly after a candidate was asked, never while a search comes to its
    end: in strict order a search that goes on with a larger budget then takes the way of one that
    had it from the start. Everything raises RunError where the directory cannot be written any
    more.

    Args:
        path: The directory.
        checkpoint: Its last checkpoint.
    """

    def __init__(self, path: Path, checkpoint: Checkpoint) -> None:
        self._path = path
        self._last = checkpoint
        self._state: Callable[[], Mapping[str, Any]] | None = None
        self._write_front: WriteFront | None = None
        self._n_asked = 0
        self._took = 0.0
        with recording(path):
            self._journal = Journal(path / directory.JOURNAL, checkpoint.header.seconds)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def keep(self, state: Callable[[], Mapping[str, Any]], write_front: WriteFront) -> None:
        """Let checkpoints and the front be written.

        Args:
            state: Gives the state of the search, as plain arrays and values.
            write_front: Writes the files of the front.
        """
        self._state, self._write_front = state, write_front

    def observe(self, event: Event) -> None:
        """Write down an event."""
        with recording(self._path):
            self._journal.observe(event)
            if isinstance(event, Asked):
                self._n_asked += 1
                seconds = self._journal.seconds
                least = SECONDS * max(1.0, self._took / QUICK_SECONDS)
                is_due = seconds - self._last.header.seconds >= least
                if self._n_asked >= CANDIDATES and is_due:
                    self._save(seconds)
            elif isinstance(event, SearchEnded):
                self._write(seconds=event.seconds)
        if isinstance(event, FrontChanged) and self._write_front is not None:
            self._write_front(event.front)

    def _save(self, seconds: float) -> None:
        began = time.monotonic()
        if self._state is not None:
            offset = self._journal.flush_to_disk()
            self._last = replace(self._last, state=self._state())
            self._write(seconds=seconds, offset=offset)
        self._n_asked = 0
        self._took = time.monotonic() - began

    def _write(self, **header: Any) -> None:
        self._journal.check_in_place()  # or the checkpoint would lie in another run
        serial = self._last.header.serial + 1
        self._last = replace(self._last, header=replace(self._last.header, serial=serial, **header))
        write_checkpoint(self._path, self._last)
