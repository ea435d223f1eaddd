"""What a run directory holds beside its journal, to be compared with a replay of the journal."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cellcolony.config import RunConfig
from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.begun import check_settings_unchanged
from cellcolony.runs.checkpoint import Checkpoint, read_checkpoint
from cellcolony.runs.colony import colony_of, read_colony
from cellcolony.runs.events import Champion
from cellcolony.runs.replaying.sameness import Difference, first_difference
from cellcolony.runs.restoring import DAMAGE, Restored, state_of
from cellcolony.runs.scores import FRONT_COLUMNS
from cellcolony.search.ants.colony import Colony
from cellcolony.store.encoding import decode, encode
from cellcolony.store.reading import LARGEST_SCORES, read_text
from cellcolony.store.snapshot import CHECKPOINT

ERRORS = ("valid_mae", "test_mae")
"""The columns of front.csv that only the data can tell."""
Read = TypeVar("Read")
Columns = Mapping[str, list[str]]


@dataclass(frozen=True, eq=False)
class Holdings:
    """What a run directory holds; a search under way may have gone on since.

    Attributes:
        is_over: Whether the search has ended.
        front: The columns of front.csv; empty ones before a network was trained.
        champions: The networks of the front, by their numbers.
        colony: What the ants had learned at the end; None where that is not kept.
        checkpoint: The last checkpoint.
    """

    is_over: bool
    front: Columns
    champions: Mapping[int, Network]
    colony: Colony | None
    checkpoint: Checkpoint

    @staticmethod
    def of(run: Path, config: RunConfig) -> Holdings:
        """Read a run directory.

        Raises:
            RunError: A file is damaged, or the run was begun with other settings than it has now.
        """
        checkpoint = _settled(run / CHECKPOINT, lambda: read_checkpoint(run))
        check_settings_unchanged(run, config.to_compare(), checkpoint)
        has_colony = (run / directory.COLONY).exists()
        is_over = has_colony or (run / directory.RESULT).exists()
        front, champions = _settled(run / directory.FRONT, lambda: _read_front(run))
        colony = read_colony(run, config) if has_colony else None
        return Holdings(is_over, front, champions, colony, checkpoint)

    def difference_in_front(self, front: Iterable[Champion]) -> Difference | None:
        """Return where a front first differs from the one that is held: in who, size or weights."""
        champions = list(front)
        columns = {
            "id": [str(champion.number) for champion in champions],
            "n_weights": [str(champion.network.n_weights) for champion in champions],
            "chosen": ["yes" if champion is champions[-1] else "no" for champion in champions],
        }
        held = {name: column for name, column in self.front.items() if name not in ERRORS}
        found = first_difference(held, columns, directory.FRONT)
        for champion in champions:
            if found is None:
                place = f"{directory.CHAMPIONS}.{champion.number}"
                there, now = _plain(self.champions[champion.number]), _plain(champion.network)
                found = first_difference(there, now, place)
        return found

    def difference_at_the_end(self, restored: Restored) -> Difference | None:
        """Return where the end of a search first differs from what is held: front, then colony."""
        found = self.difference_in_front(restored.books.front)
        if found is None:
            there, now = self.colony, colony_of(restored.standing.search)
            if there is None or now is None:
                return first_difference(there, now, directory.COLONY)
            found = first_difference(there.to_dict(), now.to_dict(), directory.COLONY)
        return found

    def difference_at_the_checkpoint(self, restored: Restored) -> Difference | None:
        """Return where the state of a run first differs from the checkpoint's.

        Raises:
            RunError: The checkpoint's state cannot be.
        """
        state = decode(*encode(state_of(restored.standing, restored.books)))
        assert self.checkpoint.state is not None
        try:
            held = _as_the_journal_keeps_it(self.checkpoint.state)
        except DAMAGE as error:
            raise RunError(f"The state of the checkpoint cannot be: {error!r}.") from error
        return first_difference(held, _as_the_journal_keeps_it(state), CHECKPOINT)


def read_columns(text: str) -> Columns:
    """Return the columns of front.csv.

    Raises:
        KeyError: One is missing.
        TypeError: A line is too short.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: [row[name] + "" for row in rows] for name in FRONT_COLUMNS}


def _read_front(run: Path) -> tuple[Columns, Mapping[int, Network]]:
    path = run / directory.FRONT
    try:
        text = read_text(run, path, LARGEST_SCORES) if path.exists() else ""
        columns = read_columns(text)
        numbers = [int(number) for number in columns["id"]]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise RunError(f"{path}: the front cannot be read: {error!r}.") from error
    return columns, {number: directory.read_champion(run, number) for number in numbers}


def _settled(file: Path, read: Callable[[], Read]) -> Read:
    """Return what is read; once more where a search under way has replaced the file meanwhile."""
    while True:
        before = _version(file)
        try:
            return read()
        except RunError:
            if _version(file) == before:
                raise


def _version(file: Path) -> tuple[int, int, int] | None:
    """Return what changes when another file takes the place of this one."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _plain(network: Network) -> dict[str, Any]:
    return {**network.to_dict(), "weights": network.weights}


def _as_the_journal_keeps_it(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state without seconds, which the journal rounds, and with its null for infinity."""
    standing, books = state["standing"], state["books"]
    arrived = []
    for saved in standing["arrived"]:
        curve = np.where(np.isfinite(saved["curve"]), saved["curve"], np.nan)
        arrived.append({**saved, "curve": curve, "seconds": None})
    front = [{**champion, "seconds": None} for champion in books["front"]]
    return {"standing": {**standing, "arrived": arrived}, "books": {**books, "front": front}}
