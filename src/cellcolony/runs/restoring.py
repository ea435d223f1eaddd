"""Bring a search to where its run directory says it stood: the checkpoint, then the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cellcolony.contract import Candidate, Signal
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint
from cellcolony.runs.events import Asked, Done, Told
from cellcolony.runs.journal import asked_line, evaluation_of, read_journal
from cellcolony.runs.origin import Origin
from cellcolony.runs.replaying.sameness import first_difference
from cellcolony.runs.standing import Order, Standing
from cellcolony.store import foreign
from cellcolony.store.lines import plain
from cellcolony.toml_table import MOST

DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
"""What reading values that cannot be may raise."""
ASKED = ("parents", "how")
"""What must be the same when a candidate is asked again, beside the genome."""


@dataclass
class Restored:
    """A run as it was after the last line of its journal.

    Attributes:
        standing: The search; it has been told what it had been told at its last ask.
        books: The front and the counts.
        checkpoint: The checkpoint that this began with; None where the journal alone was read.
        seconds: How long the run has searched, as far as its files know.
    """

    standing: Standing
    books: Bookkeeping
    checkpoint: Checkpoint | None = None
    seconds: float = 0.0

    def next_checkpoint(
        self,
        before: Checkpoint | None,
        settings: Mapping[str, Any],
        budget: Budget,
        workers: int,
    ) -> Checkpoint:
        """Return the checkpoint with which a session begins that goes on from here.

        Args:
            before: The last one, whether this began with its state or not; None without.
            settings: What a continued run must have in common with this, as plain values.
            budget: When the search ends from now on.
            workers: How many networks are trained at once from now on.
        """
        last = before or Checkpoint(budget, settings)
        if self.checkpoint is None:
            last = replace(last, offset=0, state=None)
        serial = last.serial + 1
        return replace(last, budget=budget, workers=workers, seconds=self.seconds, serial=serial)

    def tell(self, number: int) -> None:
        """Tell the search an evaluation that has arrived."""
        candidate, evaluation = self.standing.tell(number)
        self.books.emit(Told(candidate, evaluation))


def restore(run: Path, origin: Origin, checkpoint: Checkpoint | None) -> Restored:
    """Return a run as it stood; from its first line on where there is no usable checkpoint.

    Args:
        run: The run directory.
        origin: What its search began with.
        checkpoint: Its last checkpoint, or None.

    Raises:
        RunError: The journal is damaged, or asking again gives another genome.
    """
    journal = run / directory.JOURNAL
    restored = None if checkpoint is None else _from_state(journal, origin, checkpoint)
    if restored is None:
        restored = beginning(origin)
    restored.seconds = 0.0 if checkpoint is None else checkpoint.seconds
    offset = 0 if restored.checkpoint is None else restored.checkpoint.offset
    if journal.exists():
        follow(restored, read_journal(journal, offset), origin.order, journal)
    return restored


def state_of(standing: Standing, books: Bookkeeping) -> dict[str, Any]:
    """Return the state of a run as plain arrays and values, as checkpoints hold it."""
    return {"standing": standing.to_dict(), "books": books.to_dict()}


def beginning(origin: Origin) -> Restored:
    """Return a run as it was before its first candidate."""
    return Restored(Standing(origin.begin(), origin.seed), Bookkeeping())


def _from_state(journal: Path, origin: Origin, checkpoint: Checkpoint) -> Restored | None:
    """Return what a checkpoint holds; None where that is nothing, or cannot be."""
    state = checkpoint.state
    if state is None or not begins_a_line(journal, checkpoint.offset):
        return None
    try:
        saved = state["standing"]
        search = origin.restore(saved["search"])
        standing = Standing.from_dict(search, origin.seed, origin.kind, saved)
        if set(search.pending) != set(standing.out):
            return None
        books = Bookkeeping.from_dict(origin.kind, state["books"])
        return Restored(standing, books, checkpoint)
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
    restored: Restored, lines: Iterable[Mapping[str, Any]], order: Order, journal: Path
) -> None:
    """Ask, and tell, what the journal says was asked and told; who watches the books is told.

    Args:
        restored: The run as it was before the first of the lines; it is changed.
        lines: Of the journal, in its order.
        order: How the run tells results to its search.
        journal: Where the lines come from.

    Raises:
        RunError: A line cannot be, or asking again gives another genome.
    """
    standing, books = restored.standing, restored.books
    for line in lines:
        try:
            number, at = line["number"], float(line["at"])
            if not 0 <= at <= MOST:
                raise ValueError(f"`at` is {at}")
            restored.seconds = max(restored.seconds, at)
            if line["event"] == "asked":
                _tell(restored, int(line["told"]), order)
                books.emit(Asked(_ask_again(standing, line), standing.n_told))
            elif not line.get("cut_short", False):
                standing.arrive(number, evaluation_of(line))
                books.emit(Done(standing.out[number], standing.arrived[number]))
        except DAMAGE as error:
            which = f"the line `{line['event']}` of candidate {line['number']}"
            raise RunError(f"{journal}: {which} cannot be: {error}") from error


def _tell(restored: Restored, n_told: int, order: Order) -> None:
    standing = restored.standing
    while standing.n_told < n_told:
        number = standing.next_told(order)
        if number is None:
            raise ValueError(f"{n_told} were told before, and only {standing.n_told} had come")
        restored.tell(number)
    if standing.n_told > n_told:
        raise ValueError(f"{n_told} were told before, and the line above it says {standing.n_told}")


def _ask_again(standing: Standing, line: Mapping[str, Any]) -> Candidate:
    number = standing.n_asked
    if line["number"] != number:
        raise ValueError(f"candidate {number} is next")
    candidate = standing.ask()
    if isinstance(candidate, Signal):
        raise RunError(f"Candidate {number} cannot be asked again: the search says {candidate}.")
    again = json.loads(json.dumps(asked_line(candidate, standing.n_told), default=plain))
    for key in (*ASKED, candidate.genome.kind):
        if again[key] != line[key]:
            raise RunError(
                f"Candidate {number} comes out otherwise than in the journal: "
                f"{first_difference(line[key], again[key], key)}. The run can be neither continued "
                "nor repeated. Was it begun by another version of the program or of NumPy, or was "
                "a file of it changed?"
            )
    return candidate
