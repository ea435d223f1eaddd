"""The checkpoint: a search as it was at one line of its journal, and how a study is restored.

`checkpoint.json` holds the budget, the workers, the seconds searched, the configuration to compare,
the plain values of the state, and where the journal then ended; it names
`checkpoint-N.safetensors`, which holds the arrays. A run has a `checkpoint.json` from its
beginning, at first without a state. What the journal's later lines say is asked and told again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cellcolony.contract import Candidate, Signal
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import FORMAT, StudyConfig
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.events import Asked, Done, Told
from cellcolony.runs.journal import ASKED, DONE, ITEM, Line, asked_line, evaluation_of, read_journal
from cellcolony.runs.ledger import Ledger, Order
from cellcolony.seeds import rng_for
from cellcolony.settings import Amount, Count, plain, record, settings
from cellcolony.store import foreign
from cellcolony.store.lines import as_json
from cellcolony.store.reading import DAMAGE, LARGEST_CHECKPOINT, read, readable
from cellcolony.store.sameness import first_difference
from cellcolony.store.snapshot import CHECKPOINT, keep, kept

COMPARED = ("parents", "how", "effort", "rate", "weight_decay", "least_gain")
"""What must be the same when a candidate is asked again, beside the genome."""
Items = dict[str, dict[str, Mapping[str, Any]]]
"""What came of the items of stages that are done, by stage and key."""


@settings
class Header:
    """What a checkpoint says beside the state: enough to watch a run.

    Attributes:
        budget: When its search ends.
        workers: How many candidates are judged at once; None where that is not known.
        seconds: How long it has searched, all sessions together.
        offset: The byte of the journal that the state has come to, the beginning of a line.
        serial: Counts the checkpoints that were written.
    """

    budget: Budget = field(default_factory=Budget)
    workers: Count | None = None
    seconds: Amount = 0.0
    offset: Count = 0
    serial: Count = 0


@dataclass(frozen=True)
class Checkpoint:
    """What is kept of a search beside its journal.

    Attributes:
        header: What it says beside the state.
        compared: What a continued run must have in common with it, as plain values.
        state: The state at the journal's byte `offset`; None for the beginning.
    """

    header: Header
    compared: Mapping[str, Any]
    state: Mapping[str, Any] | None = None


def write_checkpoint(run: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint over the last, so that a kill or a power cut leaves one of both whole.

    The journal must be on the disk up to `offset`, and `serial` another than the last one's.
    """
    header = checkpoint.header
    body = {"format": FORMAT, **plain(header), "compared": checkpoint.compared}
    keep(run, body, checkpoint.state, header.serial)


def read_checkpoint(run: Path) -> Checkpoint:
    """Return the checkpoint of a run.

    Raises:
        RunError: It is missing or damaged.
    """
    with readable(f"{run / CHECKPOINT}: the checkpoint", RunError):
        body = kept(run)
        if body["format"] != FORMAT:
            raise ValueError(f"`format` must be {FORMAT}. Got {body['format']!r}")
        return Checkpoint(record(Header, body, CHECKPOINT), dict(body["compared"]), body["state"])


def read_header(run: Path) -> Header | None:
    """Return what a checkpoint says beside the state, without the arrays, which take longer.

    Returns:
        None where the checkpoint is missing or damaged: a run can go on without one.
    """
    try:
        body = foreign.parse_json(read(run, run / CHECKPOINT, LARGEST_CHECKPOINT))
        return record(Header, body, CHECKPOINT)
    except (RunError, ConfigError, ValueError):
        return None


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

    def state(self) -> dict[str, Any]:
        """Return the state of the search as plain arrays and values, as checkpoints hold it."""
        return {
            "ledger": self.ledger.to_dict(),
            "books": self.books.to_dict(),
            "items": json.dumps(self.items),
        }

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


def beginning(config: StudyConfig) -> Restored:
    """Return a study as it was before its first candidate."""
    entry = config.method_entry
    rng = rng_for(config.seed, -1, "start")
    if config.starts and entry.begin_with is not None:
        search = entry.begin_with(config.method, config.problem, rng, config.starts)
    else:
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
    journal = run / JOURNAL
    restored = None if checkpoint is None else _from_state(journal, config, checkpoint)
    restored = restored or beginning(config)
    restored.seconds = 0.0 if checkpoint is None else checkpoint.header.seconds
    offset = 0 if restored.checkpoint is None else restored.checkpoint.header.offset
    if journal.exists():
        follow(restored, read_journal(journal, offset), config.order, journal)
    return restored


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
            elif line.event == ITEM:
                of_stage = restored.items.setdefault(line.light["stage"], {})
                of_stage[line.light["key"]] = line.light["result"]
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
    again = json.loads(json.dumps(asked_line(candidate, ledger.n_told), default=as_json))
    for key in (*COMPARED, candidate.genome.kind):
        if again.get(key) != line.values.get(key):
            raise RunError(
                f"Candidate {number} comes out otherwise than in the journal: "
                f"{first_difference(line.values.get(key), again.get(key), key)}. The run can be "
                "neither continued nor replayed. Was it begun by another version of the program or "
                "of NumPy, or was a file of it changed?"
            )
    return candidate
