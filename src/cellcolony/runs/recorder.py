"""Keep a run's directory up to date while it runs, so that a kill loses only what still trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, write_checkpoint
from cellcolony.runs.directory import write_file
from cellcolony.runs.events import Champion, Event, FrontChanged
from cellcolony.runs.journal import Journal
from cellcolony.runs.saving import Saver
from cellcolony.store.lock import locked
from cellcolony.store.writing import recording

WriteFront: TypeAlias = Callable[[Sequence[Champion]], None]
"""Writes the files of the front, and removes those of former champions."""


class Settings(Protocol):
    """What makes a run what it is."""

    def to_toml(self) -> str:
        """Return what stands in `config.toml`."""
        ...

    def to_compare(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values."""
        ...


@contextmanager
def new_run(
    path: Path,
    config: Settings,
    budget: Budget,
    workers: int,
    write_front: WriteFront,
    against: str | None = None,
) -> Iterator[Recorder]:
    """Make a run directory, lock it, and return what writes down what happens.

    Args:
        path: Where; nothing may stand there.
        config: The settings of the search.
        budget: When it ends.
        workers: How many candidates are judged at once.
        write_front: Writes the files of the front.
        against: Which other search it is to be held against; None for none.

    Raises:
        RunError: Something stands there, or the folder cannot be made.
    """
    directory.create(path)
    with locked(path):
        checkpoint = Checkpoint(budget, config.to_compare(), workers=workers, against=against)
        with recording(path):
            write_checkpoint(path, checkpoint)
            write_file(path / directory.CONFIG, config.to_toml())  # from now on it is a run
        with Recorder(path, checkpoint, write_front) as recorder:
            yield recorder


@contextmanager
def continued_run(
    path: Path,
    checkpoint: Checkpoint,
    front: Sequence[Champion],
    write_front: WriteFront,
    of_an_end: Iterable[str],
) -> Iterator[Recorder]:
    """Return what goes on writing down a run, which the caller has locked.

    Args:
        path: The run directory.
        checkpoint: That with which this session begins.
        front: The best so far, which is written anew.
        write_front: Writes the files of the front.
        of_an_end: The files of an end that is none any more; they are removed.

    Raises:
        RunError: The directory cannot be written to.
    """
    with recording(path):
        write_checkpoint(path, checkpoint)
        for name in of_an_end:
            (path / name).unlink(missing_ok=True)
        (path / directory.CHAMPIONS).mkdir(exist_ok=True)
    with Recorder(path, checkpoint, write_front) as recorder:
        recorder.write_front(front)
        yield recorder


class Recorder:
    """Writes what happens into a run directory; use it in a `with` block.

    Everything raises RunError where the directory cannot be written any more.

    Args:
        path: The directory.
        checkpoint: Its last checkpoint.
        write_front: Writes the files of the front.
    """

    def __init__(self, path: Path, checkpoint: Checkpoint, write_front: WriteFront) -> None:
        self._path = path
        self._write_front = write_front
        with recording(path):
            self._journal = Journal(path / directory.JOURNAL, checkpoint.seconds)
        self._saver = Saver(path, checkpoint, self._journal)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def checkpoints(self, state: Callable[[], Mapping[str, Any]]) -> None:
        """Let checkpoints be written; `state` gives that of the run, as plain arrays and values."""
        self._saver.keep(state)

    def observe(self, event: Event) -> None:
        """Write down an event."""
        with recording(self._path):
            self._journal.observe(event)
            self._saver.observe(event)
        if isinstance(event, FrontChanged):
            self.write_front(event.front)

    def write_front(self, front: Sequence[Champion]) -> None:
        """Write down the front, and remove former champions."""
        with recording(self._path):
            self._write_front(front)
