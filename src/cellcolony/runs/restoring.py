"""Bring a search to where its run directory says it stood: the checkpoint, then the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cellcolony.contract import Candidate, Signal
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, Header
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Asked, Done, Told
from cellcolony.runs.journal import ASKED, DONE, ITEM, Line, asked_line, evaluation_of, read_journal
from cellcolony.runs.ledger import Ledger, Order
from cellcolony.runs.sameness import first_difference
from cellcolony.seeds import rng_for
from cellcolony.store import foreign
from cellcolony.store.lines import plain

DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
"""What reading values that cannot be may raise."""
COMPARED = ("parents", "how", "effort", "rate")
"""What must be the same when a candidate is asked again, beside the genome."""
Items = dict[str, dict[str, Mapping[str, Any]]]
"""What came of the items of stages that are done, by stage and key."""


@dataclass
class Restored:
    """A study as it was after the last line of its journal.

    Attributes:
        ledger: The search; it has been told what it had been told at its last ask.
        books: The front and the counts.
        items: What the stages after the search have done.
        checkpoint: The checkpoint that this began with; None where the journal alone was read.
        seconds: How long the search took, as far as its files know.
    """

    ledger: Ledger
    books: Bookkeeping
    items: Items = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    seconds: float = 0.0

    def next_checkpoint(
        self, before: Checkpoint | None, config: StudyConfig, budget: Budget, workers: int
    ) -> Checkpoint:
        """Return the checkpoint with which a session begins that goes on from here.

        Args:
            before: The last one, whether this began with its state or not; None without.
            config: The configuration of the study.
            budget: When the search ends from now on.
            workers: How many candidates are judged at once from now on.
        """
        last = before or Checkpoint(Header(), config.to_compare())
        if self.checkpoint is None:
            last = replace(last, header=replace(last.header, offset=0), state=None)
        serial = last.header.serial + 1
        header = replace(
            last.header, budget=budget, workers=workers, seconds=self.seconds, serial=serial
        )
        return replace(last, header=header, compared=config.to_compare())

    def tell(self, number: int) -> None:
        """Tell the search an evaluation that has arrived."""
        for candidate, verdict in self.ledger.tell(number):
            self.books.emit(Told(candidate, verdict))

    def settle(self, order: Order, budget: Budget) -> None:
        """Tell a search that is over what had arrived after its last ask."""
        if any(budget.is_met_by(champion.loss) for champion in self.books.front):
            return
        while (number := self.ledger.next_told(order)) is not None:
            loss = self.ledger.arrived[number].loss
            self.tell(number)
            if budget.is_met_by(loss):
                return


def state_of(restored: Restored) -> dict[str, Any]:
    """Return the state of a search as plain arrays and values, as checkpoints hold it."""
    return {
        "ledger": restored.ledger.to_dict(),
        "books": restored.books.to_dict(),
        "items": json.dumps(restored.items),
    }


def beginning(config: StudyConfig) -> Restored:
    """Return a study as it was before its first candidate."""
    entry = config.method_entry
    rng = rng_for(config.seed, -1, "start")
    search = entry.start(config.method, config.problem, rng)
    return Restored(Ledger(search, config.judge.referee(), config.seed), Bookkeeping())


def restore(run: Path, config: StudyConfig, checkpoint: Checkpoint | None) -> Restored:
    """Return a study as it stood; from its first line on where there is no usable checkpoint.

    Args:
        run: The run directory.
        config: Its configuration.
        checkpoint: Its last checkpoint, or None.

    Raises:
        RunError: The journal is damaged, or asking again gives another genome.
    """
    journal = run / directory.JOURNAL
    restored = None if checkpoint is None else _from_state(journal, config, checkpoint)
    restored = restored or beginning(config)
    restored.seconds = 0.0 if checkpoint is None else checkpoint.header.seconds
    offset = 0 if restored.checkpoint is None else restored.checkpoint.header.offset
    if journal.exists():
        follow(restored, read_journal(journal, offset), config.order, journal)
    return restored


def _take_item(items: Items, line: Line) -> None:
    if line.event == ITEM:
        items.setdefault(line.light["stage"], {})[line.light["key"]] = line.light["result"]


def _from_state(journal: Path, config: StudyConfig, checkpoint: Checkpoint) -> Restored | None:
    """Return what a checkpoint holds; None where that is nothing, or cannot be."""
    state = checkpoint.state
    if state is None or not begins_a_line(journal, checkpoint.header.offset):
        return None
    try:
        saved = state["ledger"]
        search = config.method_entry.restore(config.method, config.problem, saved["search"])
        referee = config.judge.restore(saved["referee"])
        ledger = Ledger.from_dict(search, referee, config.seed, saved)
        books = Bookkeeping.from_dict(config.genome, state["books"])
        items = foreign.parse_json(state["items"].encode())
        return Restored(ledger, books, items, checkpoint)
    except DAMAGE:
        return None


def begins_a_line(journal: Path, offset: int) -> bool:
    """Say whether a line of the journal begins at a byte; a power cut may have lost the end."""
    if offset == 0:
        return True
    try:
        with foreign.open_regular(journal, within=journal.parent) as file:
            file.seek(offset - 1)
            return file.read(1) == b"\n"
    except OSError:
        return False


def follow(
    restored: Restored,
    lines: Iterable[Line],
    order: Order,
    journal: Path,
    note: Callable[[Line], None] = lambda line: None,
) -> None:
    """Ask, and tell, what the journal says was asked and told; who watches the books is told.

    Args:
        restored: The study as it was before the first of the lines; it is changed.
        lines: Of the journal, in its order.
        order: How the study tells results to its search.
        journal: Where the lines come from.
        note: Is called with each line.

    Raises:
        RunError: A line cannot be, or asking again gives another genome.
    """
    ledger, books = restored.ledger, restored.books
    for line in lines:
        note(line)
        try:
            if line.event in (ASKED, DONE):
                restored.seconds = max(restored.seconds, line.at)
            if line.event == ASKED:
                _tell(restored, int(line.light["told"]), order)
                books.emit(Asked(_ask_again(ledger, line), ledger.n_told))
            elif line.event == DONE and not line.cut_short:
                ledger.arrive(line.number, evaluation_of(line.light))
                books.emit(Done(ledger.out[line.number], ledger.arrived[line.number]))
            else:
                _take_item(restored.items, line)
        except DAMAGE as error:
            which = f"the line `{line.event}` of candidate {line.number}"
            raise RunError(f"{journal}: {which} is invalid: {error}") from error


def _tell(restored: Restored, n_told: int, order: Order) -> None:
    ledger = restored.ledger
    while ledger.n_told < n_told:
        number = ledger.next_told(order)
        if number is None:
            raise ValueError(f"{n_told} were told before, and only {ledger.n_told} had come")
        restored.tell(number)
    if ledger.n_told > n_told:
        raise ValueError(f"{n_told} were told before, and the line above it says {ledger.n_told}")


def _ask_again(ledger: Ledger, line: Line) -> Candidate:
    number = ledger.n_asked
    if line.number != number:
        raise ValueError(f"candidate {number} is next")
    candidate = ledger.ask()
    if isinstance(candidate, Signal):
        raise RunError(f"Candidate {number} cannot be asked again: the search says {candidate}.")
    again = json.loads(json.dumps(asked_line(candidate, ledger.n_told), default=plain))
    for key in (*COMPARED, candidate.genome.kind):
        if again.get(key) != line.values.get(key):
            raise RunError(
                f"Candidate {number} comes out otherwise than in the journal: "
                f"{first_difference(line.values.get(key), again.get(key), key)}. The run can be "
                "neither continued nor replayed. Was it begun by another version of the program or "
                "of NumPy, or was a file of it changed?"
            )
    return candidate
