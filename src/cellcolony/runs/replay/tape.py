"""A journal that is played: what it says was asked and told is asked and told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Done, Observer
from cellcolony.runs.journal import ASKED, DONE, ITEM, STAGE, Line, evaluation_of, read_journal
from cellcolony.runs.restoring import Restored, beginning, begins_a_line, follow
from cellcolony.store.lines import end_of_whole_lines


@dataclass
class Tape:
    """A study's journal as it was at one moment; it can be played more than once.

    Attributes:
        journal: The file; a search under way may go on writing it.
        config: The configuration of the study.
        end: The byte behind the last whole line.
        n_cut_short: How many lines, of those played, are of trainings that a session's end cut
            short; they do not count if the run went on.
        last_cut_short: Those of them that no other line of a candidate follows.
        newest: By stage, the keys of the items that are done since the stage was begun last, and
            since a candidate was asked or done.
        has_stages: Whether another stage was begun since then, and the search is over.
    """

    journal: Path
    config: StudyConfig
    end: int
    n_cut_short: int = 0
    last_cut_short: list[Line] = field(default_factory=list)
    newest: dict[str, set[str]] = field(default_factory=dict)
    has_stages: bool = False

    @staticmethod
    def of(run: Path, config: StudyConfig) -> Tape:
        """Return the journal of a run directory, up to its last whole line.

        Raises:
            RunError: It cannot be read.
        """
        journal = run / directory.JOURNAL
        try:
            return Tape(journal, config, end_of_whole_lines(journal))
        except OSError as error:
            raise RunError(f"{journal}: the journal cannot be read: {error}.") from error

    def has_line_at(self, offset: int) -> bool:
        """Say whether a line ends in front of a byte; the beginning counts as well."""
        return offset <= self.end and begins_a_line(self.journal, offset)

    def begin(self, observers: Iterable[Observer]) -> Restored:
        """Return the study as it was before its first line.

        Args:
            observers: Are told of everything that is played.
        """
        self.n_cut_short, self.last_cut_short, self.newest = 0, [], {}
        restored = beginning(self.config)
        restored.books.observers += observers
        return restored

    def play(self, restored: Restored, start: int, stop: int) -> None:
        """Ask and tell what the journal says between two of its bytes.

        Raises:
            RunError: A line is invalid, or asking again gives another genome.
        """
        lines = read_journal(self.journal, start, stop)
        follow(restored, lines, self.config.order, self.journal, self._note)

    def end_of_search(self, restored: Restored) -> Iterator[None]:
        """Tell one by one what may have been told after the last ask, which no line says.

        A search whose time was up has told all that had come, and where none was a success all
        whose training was cut short; one that met its loss has told none that came beside it.

        Yields:
            After each, and before the first.
        """
        ledger = restored.ledger
        yield
        while (number := ledger.next_told(self.config.order)) is not None:
            restored.tell(number)
            yield
        for line in self.last_cut_short:
            ledger.arrive(line.number, evaluation_of(line.light))
            restored.books.emit(Done(ledger.out[line.number], ledger.arrived[line.number], True))
        for number in sorted(ledger.arrived):
            restored.tell(number)
            yield

    def _note(self, line: Line) -> None:
        """Note trainings that were cut short, and what was done in stages since the search."""
        self.has_stages = line.event not in (ASKED, DONE)
        if not self.has_stages:
            self.newest.clear()
            if line.cut_short:
                self.n_cut_short += 1
                self.last_cut_short.append(line)
            else:
                self.last_cut_short.clear()
        elif line.event == STAGE:
            self.newest[line.light["stage"]] = set()
        elif line.event == ITEM:
            self.newest.setdefault(line.light["stage"], set()).add(line.light["key"])
