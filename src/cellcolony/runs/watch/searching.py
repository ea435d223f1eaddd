"""Follow one search by its journal and its checkpoint: a study's own, or that of its control."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.checkpoint import Header, read_header
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import SearchStarted
from cellcolony.runs.journal import ASKED, DONE, Line, lines_of
from cellcolony.runs.watch.tally import Tally, Told, ToldAnew
from cellcolony.store import foreign
from cellcolony.store.reading import DAMAGE, readable
from cellcolony.store.snapshot import CHECKPOINT

LONGEST_REASON = 200
"""Characters of what an error repeats from a journal."""


class SearchFollowing:
    """Tells what a search has written since the last look; of the journal it reads what is new.

    Args:
        path: The run directory.
        config: Its configuration.
        title: What the search is called.

    Attributes:
        tally: What the lines of the journal have come to.
        written: When its journal was last written; 0 for one that is still to be written.
        is_over: Whether another stage follows; a line of a candidate says that the search goes on.
        header: What its checkpoint says; None before the first look.
    """

    def __init__(self, path: Path, config: StudyConfig, title: str = "Search") -> None:
        self.path = path
        self.config = config
        self.title = title
        self.written = 0.0
        self._journal = path / directory.JOURNAL
        self._file: tuple[int, int] | None = None
        self._begin()

    def _begin(self) -> None:
        self.tally = Tally(self.config.genome)
        self.is_over = False
        self.header: Header | None = None
        self._checkpoint: tuple[int, int] | None = None
        self._end, self._n_lines = 0, 0

    @property
    def seconds(self) -> float:
        """How long the search has taken, as far as its files know."""
        return max(self.tally.seconds, 0.0 if self.header is None else self.header.seconds)

    def _started(self) -> SearchStarted:
        """Return on which terms the search goes on, and what it has reached."""
        header, tally, self.is_over = self.header or Header(), self.tally, False
        return SearchStarted(
            header.budget, header.workers, self.config.seed, self.config.task_class.measure, 0.0,
            tally.seconds, tally.n_done, tally.n_failed, self.title, self.config.genome,
        )  # fmt: skip

    def look(self, goes_on: bool = False) -> Iterator[SearchStarted | Told | Line]:
        """Yield what is new: of a stage that follows the search, the lines themselves.

        Args:
            goes_on: Whether the search is known to go on.

        Raises:
            RunError: The journal is damaged or gone.
        """
        journal = self._open()
        with journal or nullcontext():
            if journal is not None and self._is_another(journal):
                self._begin()
                yield ToldAnew(self.title)
            if self._terms_changed() or goes_on:
                yield self._started()
            if journal is not None:
                yield from self._read(journal)

    def _open(self) -> BinaryIO | None:
        """Open the journal; return None where it is still to be written."""
        with readable(f"{self._journal}: the journal"):
            try:
                return foreign.open_regular(self._journal, within=self.path)
            except FileNotFoundError as error:
                if self._file is None:
                    return None
                raise RunError(f"{self._journal} is gone: was the run removed?") from error

    def _is_another(self, journal: BinaryIO) -> bool:
        """Say whether the journal is another file now, or shorter than what was read of it."""
        status = os.fstat(journal.fileno())
        file = (status.st_dev, status.st_ino)
        is_another = self._file not in (None, file) or status.st_size < self._end
        self._file, self.written = file, status.st_mtime
        return is_another

    def _terms_changed(self) -> bool:
        """Read the header where the checkpoint was written anew; say whether it is another one."""
        former, status = self.header, status_of(self.path / CHECKPOINT)
        written = None if status is None else (status.st_ino, status.st_mtime_ns)
        if former is not None and written == self._checkpoint:
            return False
        header = read_header(self.path) or former or Header()
        self.header, self._checkpoint = header, written
        return former is None or (header.budget, header.workers) != (former.budget, former.workers)

    def _read(self, journal: BinaryIO) -> Iterator[SearchStarted | Told | Line]:
        def line_at(place: int) -> Line:
            return next(lines_of(journal, self._journal, place))

        lines = lines_of(journal, self._journal, self._end, number=self._n_lines + 1)
        try:
            for line in lines:
                if line.event in (ASKED, DONE):
                    if self.is_over:
                        yield self._started()
                    for told in self.tally.take(line, line_at):
                        if isinstance(told, ToldAnew):
                            yield ToldAnew(self.title)
                            yield self._started()
                        else:
                            yield told
                else:
                    self.is_over = True
                    yield line
                self._end, self._n_lines = line.end, self._n_lines + 1
        except DAMAGE as error:
            where = f"{self._journal}, line {self._n_lines + 1}"
            raise RunError(f"{where} is damaged: {str(error)[:LONGEST_REASON]}.") from error


def status_of(path: Path) -> os.stat_result | None:
    """Return the status of a file; None where there is none."""
    try:
        return path.stat()
    except OSError:
        return None


def time_of(*paths: Path) -> float:
    """Return when one of some files was last written; 0 where there is none."""
    return max((status.st_mtime for status in map(status_of, paths) if status), default=0.0)
