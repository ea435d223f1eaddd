"""Repeat a search from its journal: in the order that it keeps, the same state must come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.checkpoint import read_header
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Champion, Event, FrontChanged, Observer, Told
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.replay.snapshot import Snapshot
from cellcolony.runs.replay.tape import Tape
from cellcolony.runs.restoring import Restored
from cellcolony.runs.sameness import Difference


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


@dataclass(frozen=True)
class Played:
    """A study whose journal was played, as it was at its last line.

    Attributes:
        tape: Its journal.
        snapshot: What its directory holds.
        restored: The study.
        front: The front that the directory holds.
        replayed: What was compared of its search.
    """

    tape: Tape
    snapshot: Snapshot
    restored: Restored
    front: tuple[Champion, ...]
    replayed: ReplayedSearch


def play(path: Path, config: StudyConfig, watching: Sequence[Observer]) -> Played:
    """Play a journal, and compare what comes out with its directory.

    Args:
        path: The run directory.
        config: Its configuration.
        watching: Are told of everything that is played.

    Raises:
        RunError: Something comes out otherwise, or a file is damaged.
    """
    held = Snapshot.of(path, config)  # first: a search under way only goes on
    tape = Tape.of(path, config)
    sought = _Sought(held)
    restored = tape.begin((sought.observe, *watching))
    ledger, books, start, offset = restored.ledger, restored.books, 0, held.checkpoint.header.offset
    if held.checkpoint.state is not None and tape.has_line_at(offset):
        start = offset
        tape.play(restored, 0, start)
        refuse(path, held.difference_at_the_checkpoint(restored))
    at_checkpoint = ledger.n_asked if start else None
    tape.play(restored, start, tape.end)
    is_over = held.has_ended or tape.has_stages or _is_in_control(path, restored)
    for _ in tape.end_of_search(restored):
        if is_over and sought.is_the_end(restored):
            break
    refuse(path, sought.at_the_end if is_over else sought.on_the_way)
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
    return Played(tape, held, restored, sought.front, replayed)


def refuse(path: Path, difference: Difference | None) -> None:
    """Refuse a directory that differs from what its journal leads to.

    Raises:
        RunError: There is a difference.
    """
    if difference is not None:
        raise RunError(
            f"{path} is not what its journal leads to: {difference}. Was a file of it changed?"
        )


def _is_in_control(path: Path, restored: Restored) -> bool:
    """Say whether the control was given as many candidates as the search has had in all."""
    header = read_header(path / directory.CONTROL)
    n = None if header is None else header.budget.n_networks
    return n == restored.books.n_done and not restored.ledger.unjudged


@dataclass
class _Sought:
    """Looks where in a replay the front is as the run directory holds it.

    A search that is over has left its last front, and what its method has learned beside it; any
    other has left one of the fronts on the way.

    Attributes:
        held: What the run directory holds.
        front: The front that was found.
        n_told: How many evaluations had been told by then.
        on_the_way: Where the front that was looked at last differs from what is held; None as soon
            as one was found.
        at_the_end: The same of the end of the search.
    """

    held: Snapshot
    front: tuple[Champion, ...] = ()
    n_told: int = 0
    on_the_way: Difference | None = None
    at_the_end: Difference | None = None
    _n_told: int = field(default=0)

    def __post_init__(self) -> None:
        self.on_the_way = self.held.difference_in_front(())

    def observe(self, event: Event) -> None:
        """Look at each new front, if it may be the one."""
        if isinstance(event, Told):
            self._n_told += 1
        elif isinstance(event, FrontChanged) and self.on_the_way is not None:
            self.on_the_way = self.held.difference_in_front(event.front)
            self._take(event.front, self.on_the_way)

    def is_the_end(self, restored: Restored) -> bool:
        """Look at the front and at what the method has learned, as they are now."""
        front = tuple(restored.books.front)
        found = self.held.difference_in_front(front)
        self.at_the_end = found or self.held.difference_in_keepsake(restored)
        self._take(front, self.at_the_end)
        return self.at_the_end is None

    def _take(self, front: tuple[Champion, ...], difference: Difference | None) -> None:
        if difference is None:
            self.front, self.n_told = front, self._n_told
