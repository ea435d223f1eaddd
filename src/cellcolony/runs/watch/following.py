"""Follow a run from outside, by the files of its directory alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, TypeAlias

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs import directory
from cellcolony.runs.events import Scoring, SearchEnded, SearchStarted, Stage
from cellcolony.runs.watching.course import course_of
from cellcolony.runs.watching.growing import line_at, whole_lines
from cellcolony.runs.watching.tally import DAMAGE, AskedLine, DoneLine, Tally, ToldAnew
from cellcolony.runs.watching.terms import UNKNOWN, Terms, read_terms
from cellcolony.store import foreign
from cellcolony.store.foreign import LARGEST_SETTINGS
from cellcolony.store.reading import read_text
from cellcolony.store.snapshot import CHECKPOINT
from cellcolony.toml_table import AMOUNT, FLAG, TEXT, parse_toml

LONGEST_REASON = 200
"""Characters of what an error repeats from a journal."""

Seen: TypeAlias = SearchStarted | AskedLine | DoneLine | ToldAnew | SearchEnded | Scoring | Stage


class Following:
    """Looks at a run directory, and tells what has happened since the last look.

    It writes nothing and takes no lock: even a shared one, held for a moment, could make a master
    be refused. Of the journal it reads what was appended.

    Args:
        path: The run directory.

    Attributes:
        tally: What the lines of the journal have come to.
        is_scoring: Whether the search is over, and what it found is being scored.
        has_ended: Whether the run is over.

    Raises:
        RunError: It is no run directory, or its settings cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        _check_is_run(self.path)
        self._journal = self.path / directory.JOURNAL
        self._written = (self.path / directory.CONFIG).stat().st_mtime
        self._file: tuple[int, int] | None = None
        self._begin()

    def _begin(self) -> None:
        self.tally = Tally()
        self.is_scoring = self.has_ended = False
        self._course = course_of(self.path)
        self._terms: Terms | None = None
        self._checkpoint: tuple[int, int] | None = None
        self._end = self._n_lines = 0

    @property
    def quiet_seconds(self) -> float:
        """How long ago the run last wrote something that tells how far it is."""
        return max(0.0, time.time() - self._written)

    def look(self) -> Iterator[Seen]:
        """Yield what has happened since the last look.

        Raises:
            RunError: A file is damaged, or the run is gone.
        """
        # Before the journal, whose last line is older than they are.
        ended = _ended(self.path)
        after = self._course.written_after(self.path)
        is_scoring = ended is None and after is not None
        journal = self._open_journal()
        with journal or nullcontext():
            if journal is not None and self._is_another(journal):
                self._begin()
                yield ToldAnew()
            was_scoring, was_over = self.is_scoring, self.is_scoring or self.has_ended
            self.is_scoring, self.has_ended = is_scoring, ended is not None
            goes_on = was_over and not (is_scoring or self.has_ended)
            if self._terms_changed() or goes_on:
                yield self._started()
            if journal is not None:
                yield from self._read(journal)
        if after is not None:
            self._written = max(self._written, after)
        if ended is not None:
            yield ended
        elif is_scoring and not was_scoring:
            assert self._terms is not None
            yield SearchEnded("", self._terms.seconds)
            yield self._course.after(self.path)

    def _open_journal(self) -> BinaryIO | None:
        """Open the journal; return None where it is still to be written."""
        try:
            return foreign.open_regular(self._journal, within=self.path)
        except FileNotFoundError as error:
            if self._file is None:
                return None
            raise RunError(f"{self._journal} is gone: was the run removed?") from error
        except OSError as error:
            reason = error.strerror or error
            raise RunError(f"{self._journal} cannot be read: {reason}.") from error

    def _is_another(self, journal: BinaryIO) -> bool:
        """Say whether the journal is another file now, or shorter than what was read of it."""
        status = os.fstat(journal.fileno())
        file = (status.st_dev, status.st_ino)
        is_another = self._file not in (None, file) or status.st_size < self._end
        self._file, self._written = file, status.st_mtime
        return is_another

    def _terms_changed(self) -> bool:
        """Read the terms where the checkpoint was written anew; say whether they are others."""
        former, status = self._terms, _status(self.path / CHECKPOINT)
        written = None if status is None else (status.st_ino, status.st_mtime_ns)
        if former is not None and written == self._checkpoint:
            return False
        terms = read_terms(self.path) or former or UNKNOWN
        self._terms, self._checkpoint = terms, written
        return former is None or terms.differ_from(former)

    def _started(self) -> SearchStarted:
        terms, tally = self._terms, self.tally
        assert terms is not None
        return SearchStarted(
            terms.budget, terms.workers, self._course.seed, 0.0,
            tally.seconds, tally.n_done, tally.n_failed, kind=self._course.kind,
        )  # fmt: skip

    def _read(self, journal: BinaryIO) -> Iterator[Seen]:
        """Tell what the lines say that were appended."""
        try:
            for place, text in whole_lines(journal, self._end):
                for said in self.tally.take(text, place, lambda start: line_at(journal, start)):
                    yield said
                    if isinstance(said, ToldAnew):
                        yield self._started()
                self._end, self._n_lines = place + len(text), self._n_lines + 1
        except DAMAGE as error:
            where = f"{self._journal}, line {self._n_lines + 1}"
            raise RunError(f"{where} is damaged: {str(error)[:LONGEST_REASON]}.") from error


def _check_is_run(path: Path) -> None:
    """Check that a folder is a run directory, and say what it is otherwise.

    Raises:
        RunError: It is none.
    """
    if (path / directory.CONFIG).is_file():
        return
    if not path.exists():
        raise RunError(
            f"{path} does not exist. A search makes its run directory when its cells are compiled: "
            "has it come so far?"
        )
    seeds = [run.parent for run in path.glob(f"seed-*/{directory.CONFIG}")]
    if seeds:
        known = ", ".join(map(str, sorted(seeds, key=lambda run: (len(run.name), run.name))))
        raise RunError(f"{path} holds a run for each of several seeds: watch one of {known}.")
    raise RunError(f"{path} is no run directory: it has no {directory.CONFIG}.")


def _ended(run: Path) -> SearchEnded | None:
    """Return how a run ended; None for one that has not."""
    path = run / directory.RESULT
    try:
        table = parse_toml(read_text(run, path, LARGEST_SETTINGS), str(path))
        seconds = table.take("search_seconds", AMOUNT)
        return SearchEnded(table.take("reason", TEXT), seconds, table.take("interrupted", FLAG))
    except (ConfigError, RunError) as error:
        if not path.exists():  # a run that goes on removes it
            return None
        raise RunError(f"{path}: how the run ended cannot be read: {error}") from error


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
