"""Repeat a search from its journal: in the order that it keeps, the same state must come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Restored, beginning, begins_a_line, follow, read_header
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Done, Event, FrontChanged, Observer, Told
from cellcolony.runs.genomes import KINDS, Champion
from cellcolony.runs.hands import Hands
from cellcolony.runs.journal import ASKED, DONE, ITEM, STAGE, Line, evaluation_of, read_journal
from cellcolony.runs.replay.snapshot import Snapshot
from cellcolony.runs.session import Session
from cellcolony.store.lines import end_of_whole_lines
from cellcolony.store.reading import readable
from cellcolony.store.sameness import Difference
from cellcolony.tasks import Task


@dataclass(frozen=True)
class ReplayedSearch:
    """What a replay has compared with the run directory of a search, and found to be the same.

    Attributes:
        noun: What a candidate is called: "network", "node".
        n_asked: How many candidates were asked again, each with the genome, the parents and the way
            of making it that the journal tells.
        n_done: How many evaluations the journal holds, failures included.
        n_failed: How many of them are failures.
        front: The numbers of the candidates of the front, whose sizes, genomes and files were
            compared.
        n_told: How many evaluations had been told when the front was as it is held.
        is_over: Whether the search has ended; else its front is one of those on the way.
        keepsake: What the compared files of what the method has learned are called: "colony"; empty
            where none was compared.
        at_checkpoint: How many candidates had been asked at the checkpoint whose state was
            compared; None where the checkpoint has no state, or the journal has lost its line.
    """

    noun: str
    n_asked: int
    n_done: int
    n_failed: int
    front: tuple[int, ...]
    n_told: int
    is_over: bool
    keepsake: str = ""
    at_checkpoint: int | None = None


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
        with readable(f"{journal}: the journal"):
            return Tape(journal, config, end_of_whole_lines(journal))

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


@dataclass(frozen=True)
class Played:
    """A study whose journal was played, as it was at its last line.

    Attributes:
        tape: Its journal.
        snapshot: What its directory holds.
        session: The study.
        front: The front that the directory holds.
        replayed: What was compared of its search.
    """

    tape: Tape
    snapshot: Snapshot
    session: Session
    front: tuple[Champion, ...]
    replayed: ReplayedSearch


def play(
    path: Path, config: StudyConfig, watching: Sequence[Observer], hands: Hands, data: Task | None
) -> Played:
    """Play a journal, and compare what comes out with its directory.

    Args:
        path: The run directory.
        config: Its configuration.
        watching: Are told of everything that is played.
        hands: Who trains again what was trained.
        data: The data, where that is wanted.

    Raises:
        RunError: Something comes out otherwise, or a file is damaged.
    """
    held = Snapshot.of(path, config)  # first: a search under way only goes on
    tape = Tape.of(path, config)
    sought = _Sought(held)
    restored = tape.begin((sought.observe, *watching))
    ledger, books, start, offset = restored.ledger, restored.books, 0, held.checkpoint.header.offset
    has_state = held.checkpoint.state is not None and offset <= tape.end
    if has_state and begins_a_line(tape.journal, offset):
        start = offset
        tape.play(restored, 0, start)
        refuse(path, held.difference_at_the_checkpoint(restored))
    at_checkpoint = ledger.n_asked if start else None
    tape.play(restored, start, tape.end)
    is_over = held.has_ended or tape.has_stages or _is_within(path, config, restored)
    for _ in tape.end_of_search(restored):
        if is_over and sought.is_found(tuple(books.front), restored):
            break
    refuse(path, sought.difference)
    entry = config.method_entry
    replayed = ReplayedSearch(
        noun=KINDS[config.genome].noun if config.genome in KINDS else "model",
        n_asked=ledger.n_asked,
        n_done=books.n_done,
        n_failed=books.failures.total(),
        front=tuple(champion.number for champion in sought.front),
        n_told=sought.n_told,
        is_over=is_over,
        keepsake=(entry.keepsake or "keepsake") if is_over and entry.keep(ledger.search) else "",
        at_checkpoint=at_checkpoint,
    )
    session = Session(config, restored, hands, Budget(), path, data)
    return Played(tape, held, session, sought.front, replayed)


def refuse(path: Path, difference: Difference | None) -> None:
    """Refuse a directory that differs from what its journal leads to.

    Raises:
        RunError: There is a difference.
    """
    if difference is not None:
        raise RunError(
            f"{path} is not what its journal leads to: {difference}. Was a file of it changed?"
        )


def _is_within(path: Path, config: StudyConfig, restored: Restored) -> bool:
    """Say whether a search within was given as much as the search has had in all."""
    if restored.ledger.unjudged:
        return False
    for search in config.searches:
        header = read_header(path / search.folder)
        if header is not None and header.budget == search.budget(restored):
            return True
    return False


@dataclass
class _Sought:
    """Looks where in a replay the front is as the run directory holds it.

    A search that is over has left its last front, and what its method has learned beside it; any
    other has left one of the fronts on the way.

    Attributes:
        held: What the run directory holds.
        front: The front that was found.
        n_told: How many evaluations had been told by then.
        difference: Where what was looked at last differs from what is held; None once it was found.
    """

    held: Snapshot
    front: tuple[Champion, ...] = ()
    n_told: int = 0
    difference: Difference | None = None
    _n_told: int = field(default=0)

    def __post_init__(self) -> None:
        self.is_found(())

    def observe(self, event: Event) -> None:
        """Look at each new front, if it may be the one."""
        if isinstance(event, Told):
            self._n_told += 1
        elif isinstance(event, FrontChanged) and self.difference is not None:
            self.is_found(event.front)

    def is_found(self, front: tuple[Champion, ...], at_the_end: Restored | None = None) -> bool:
        """Look at a front, and at the end of a search at what its method has learned."""
        self.difference = self.held.difference_in_front(front)
        if self.difference is None and at_the_end is not None:
            self.difference = self.held.difference_in_keepsake(at_the_end)
        if self.difference is None:
            self.front, self.n_told = front, self._n_told
        return self.difference is None
