"""What a journal tells of a study: every candidate that was asked, and every item of its stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cellcolony.contract import Genome
from cellcolony.errors import RunError, brief
from cellcolony.judges.saved import read_structure, seconds_of
from cellcolony.runs.checkpoint import Items
from cellcolony.runs.journal import ASKED, DONE, ITEM, Line, loss_of, read_journal
from cellcolony.settings import MOST
from cellcolony.store.reading import DAMAGE, readable


@dataclass(frozen=True)
class Judged:
    """A candidate of a search, as the journal tells it.

    Attributes:
        number: The candidate's.
        parents: The numbers of the candidates that it descends from.
        how: How it was made.
        place: The byte of the journal at which it was asked.
        loss: Its validation loss; None for one that failed or is not done.
        failure: Why it failed, or None.
        seconds: How long its judging took.
        n_epochs: How many epochs its training had.
        order: Its place in the order in which candidates were done; -1 for one that is not.
        rate: The factor of the learning rates of its training.
    """

    number: int
    parents: tuple[int, ...]
    how: Mapping[str, Any]
    place: int
    loss: float | None = None
    failure: str | None = None
    seconds: float = 0.0
    n_epochs: int = 0
    order: int = -1
    rate: float = 1.0

    @property
    def is_done(self) -> bool:
        """Whether it was judged."""
        return self.loss is not None or self.failure is not None

    def count(self, key: str) -> int | None:
        """Return a whole number that `how` holds, such as "generation"; None without one."""
        value = self.how.get(key)
        return value if type(value) is int and 0 <= value <= MOST else None

    @property
    def operations(self) -> tuple[str, ...]:
        """What was done to make it, in order; none where the journal does not say."""
        value = self.how.get("operations", [self.how.get("operation")])
        return tuple(map(str, value)) if isinstance(value, list) and None not in value else ()


@dataclass
class History:
    """A study's journal, taken in line by line.

    Attributes:
        journal: The file.
        candidates: Every candidate that was asked, by number.
        items: What came of the items of stages.
    """

    journal: Path
    candidates: list[Judged] = field(default_factory=list)
    items: Items = field(default_factory=dict)
    _n_done: int = 0
    _promotions: dict[int, int] = field(default_factory=dict)

    @staticmethod
    def of(journal: Path) -> History:
        """Read a journal; a study without one has asked nobody yet.

        Raises:
            RunError: The journal cannot be read, or a line is invalid.
        """
        history = History(journal)
        if journal.exists():
            for line in read_journal(journal):
                history.take(line)
        return history

    def take(self, line: Line) -> None:
        """Take in a line.

        Raises:
            RunError: It is invalid.
        """
        try:
            if line.event == ASKED:
                self._asked(line)
            elif line.event == DONE:
                self._done(line)
            elif line.event == ITEM:
                of_stage = self.items.setdefault(line.light["stage"], {})
                of_stage[line.light["key"]] = line.light["result"]
        except DAMAGE as error:
            what = f"{self.journal}, candidate {line.number} {line.event}"
            raise RunError(f"{what}: the line is invalid: {error}") from error

    def _asked(self, line: Line) -> None:
        if line.number != len(self.candidates):
            raise ValueError(f"candidate {len(self.candidates)} is next")
        parents, how = line.light["parents"], line.light["how"]
        known = isinstance(parents, list) and all(
            type(one) is int and 0 <= one < line.number for one in parents
        )
        if not known or not isinstance(how, dict):
            raise ValueError("`parents` must be numbers of earlier candidates, `how` a table")
        rate = float(line.light.get("rate", 1.0))
        self.candidates.append(Judged(line.number, tuple(parents), how, line.place, rate=rate))

    def _done(self, line: Line) -> None:
        if line.number >= len(self.candidates):
            raise ValueError("it was not asked")
        light, failure = line.light, line.light.get("failure")
        curve = light.get("curve", [])
        if not isinstance(curve, list):
            raise ValueError(f"`curve` must be a list, not {brief(curve)}")
        self.candidates[line.number] = replace(
            self.candidates[line.number],
            loss=None if failure is not None else loss_of(light.get("loss")),
            failure=None if failure is None else str(failure),
            seconds=seconds_of(light["seconds"]),
            n_epochs=max(len(curve) - 1, 0),
            order=self._n_done,
        )
        self._n_done += 1
        first = self.candidates[line.number].count("promoted")
        if first is not None and failure is None:
            self._promotions[first] = line.number

    def verdict(self, number: int) -> Judged:
        """Return a candidate as it was judged last: as itself, or after a promotion by the judge.

        Raises:
            RunError: The journal holds none of that number.
        """
        self.candidate(number)
        return self.candidates[self._promotions.get(number, number)]

    @property
    def n_done(self) -> int:
        """How many candidates were judged, failures included."""
        return sum(one.is_done for one in self.candidates)

    @property
    def n_failed(self) -> int:
        """How many of them failed."""
        return sum(one.failure is not None for one in self.candidates)

    @cached_property
    def by_arrival(self) -> list[Judged]:
        """The candidates that were judged, in the order in which they were done."""
        done = [one for one in self.candidates if one.order >= 0]
        return sorted(done, key=lambda one: one.order)

    def candidate(self, number: int) -> Judged:
        """Return a candidate.

        Raises:
            RunError: The journal holds none of that number.
        """
        if not 0 <= number < len(self.candidates):
            raise RunError(f"{self.journal} has no candidate {number}.")
        return self.candidates[number]

    def genome(self, number: int, kind: str) -> Genome:
        """Return the genome of any candidate as it was asked, without trained weights.

        Raises:
            RunError: The journal holds none of that number, or what it holds is no such genome.
        """
        place = self.candidate(number).place
        line = next(read_journal(self.journal, place))
        with readable(f"{self.journal}: candidate {number}"):
            return read_structure(kind, line.values[kind])

    def ancestors(self, number: int) -> list[Judged]:
        """Return a candidate and all its ancestors, by way of every parent.

        Raises:
            RunError: The journal holds none of that number.
        """
        found, waiting = {number: self.candidate(number)}, [number]
        while waiting:
            for parent in found[waiting.pop()].parents:
                if parent not in found:
                    found[parent] = self.candidates[parent]
                    waiting.append(parent)
        return list(found.values())

    def lineage(self, number: int) -> Iterator[Judged]:
        """Yield a candidate and its ancestors, by way of the first parents, the oldest last.

        Raises:
            RunError: The journal holds none of that number.
        """
        one = self.candidate(number)
        yield one
        while one.parents:
            one = self.candidates[one.parents[0]]
            yield one
