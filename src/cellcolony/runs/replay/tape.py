"""A journal that is played: what it says was asked and told is asked and told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellcolony.config import RunConfig
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.events import Done, Observer
from cellcolony.runs.journal import evaluation_of, read_journal
from cellcolony.runs.methods import search_of
from cellcolony.runs.origin import Origin
from cellcolony.runs.restoring import Restored, beginning, begins_a_line, follow
from cellcolony.store.lines import end_of_whole_lines


@dataclass
class Tape:
    """A run's journal as it was at one moment; it can be played more than once.

    Attributes:
        journal: The file; a search under way may go on writing it.
        config: The settings of the run.
        origin: What its search began with.
        end: The byte behind the last whole line.
        n_cut_short: How many lines, of those played, are of trainings that a session's end cut
            short; they do not count if the run went on.
        last_cut_short: Those of them that no other line follows.
    """

    journal: Path
    config: RunConfig
    origin: Origin
    end: int
    n_cut_short: int = 0
    last_cut_short: list[Mapping[str, Any]] = field(default_factory=list)

    @staticmethod
    def of(run: Path, config: RunConfig) -> Tape:
        """Return the journal of a run directory, up to its last whole line.

        Raises:
            RunError: It cannot be read.
        """
        journal = run / directory.JOURNAL
        try:
            origin = Origin.of_forecast(config, search_of(config))
            return Tape(journal, config, origin, end_of_whole_lines(journal))
        except OSError as error:
            raise RunError(f"{journal}: the journal cannot be read: {error}.") from error

    def has_line_at(self, offset: int) -> bool:
        """Say whether a line ends in front of a byte; the beginning counts as well."""
        return offset <= self.end and begins_a_line(self.journal, offset)

    def begin(self, observers: Iterable[Observer]) -> Restored:
        """Return the run as it was before its first line.

        Args:
            observers: Are told of everything that is played.
        """
        self.n_cut_short = 0
        restored = beginning(self.origin)
        restored.books.observers += observers
        return restored

    def play(self, restored: Restored, start: int, stop: int) -> None:
        """Ask and tell what the journal says between two of its bytes.

        Raises:
            RunError: A line cannot be, or asking again gives another network.
        """
        lines = self._noted(read_journal(self.journal, start, stop))
        follow(restored, lines, self.origin.order, self.journal)

    def end_of_search(self, restored: Restored) -> Iterator[None]:
        """Tell one by one what may have been told after the last ask, which no line says.

        A search whose time was up has told all that had come, and where none was a success all
        whose training was cut short; one that met its loss has told none that came beside it.

        Yields:
            After each, and before the first.
        """
        standing = restored.standing
        yield
        while (number := standing.next_told(self.origin.order)) is not None:
            restored.tell(number)
            yield
        for line in self.last_cut_short:
            number = int(line["number"])
            standing.arrive(number, evaluation_of(line))
            restored.books.emit(Done(standing.out[number], standing.arrived[number], True))
        for number in sorted(standing.arrived):
            restored.tell(number)
            yield

    def _noted(self, lines: Iterable[Any]) -> Iterator[Any]:
        """Pass lines on; note those of trainings that were cut short."""
        for line in lines:
            if isinstance(line, Mapping) and line.get("cut_short", False):
                self.n_cut_short += 1
                self.last_cut_short.append(line)
            else:
                self.last_cut_short.clear()
            yield line
