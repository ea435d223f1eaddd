"""What a run directory holds beside its journal, to be compared with a replay of the journal."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cellcolony.contract import Genome
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.checkpoint import Checkpoint, read_checkpoint
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Champion
from cellcolony.runs.genomes import KINDS, WEIGHTS, plain_genome
from cellcolony.runs.restoring import DAMAGE, Restored, state_of
from cellcolony.runs.sameness import Difference, first_difference
from cellcolony.runs.session import check_unchanged
from cellcolony.store.encoding import decode, encode
from cellcolony.store.reading import (
    LARGEST_ARRAYS,
    LARGEST_GENOME,
    LARGEST_SCORES,
    parse_tensors,
    read,
    read_text,
)
from cellcolony.store.snapshot import CHECKPOINT

COLUMNS = ("candidate", "size", "chosen")
"""The columns of front.csv that follow from the journal; the data alone can tell the others, but
for the number of a network's weights, which is its size."""
Read = TypeVar("Read")
Columns = Mapping[str, list[str]]
Files = Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a run directory holds of its search, which may have gone on since if it is under way.

    Attributes:
        path: The run directory.
        config: The configuration of the study.
        has_ended: Whether the study has ended.
        front: The columns of front.csv; empty ones before a candidate was trained.
        champions: The genomes of the front, by their numbers.
        files: Their files but for weights, by the same numbers and by their names.
        checkpoint: The last checkpoint.
    """

    path: Path
    config: StudyConfig
    has_ended: bool
    front: Columns
    champions: Mapping[int, Genome]
    files: Mapping[int, Files]
    checkpoint: Checkpoint

    @staticmethod
    def of(run: Path, config: StudyConfig) -> Snapshot:
        """Read a run directory.

        Raises:
            RunError: A file is damaged, or the run was begun with other settings than it has now.
        """
        checkpoint = _settled(run / CHECKPOINT, lambda: read_checkpoint(run))
        check_unchanged(run, config, checkpoint)
        has_ended = (run / directory.RESULT).exists()
        kind = config.genome
        front, champions, files = _settled(run / directory.FRONT, lambda: _read_front(run, kind))
        return Snapshot(run, config, has_ended, front, champions, files, checkpoint)

    def difference_in_front(self, front: Iterable[Champion]) -> Difference | None:
        """Return where a front first differs from the one that is held: in who, size or genomes."""
        champions = list(front)
        sizes = [str(champion.size) for champion in champions]
        columns = {
            "candidate": [str(champion.number) for champion in champions],
            "size": sizes,
            "n_weights": sizes,
            "chosen": ["yes" if champion is champions[-1] else "no" for champion in champions],
        }
        columns = {name: columns[name] for name in self.front}
        found = first_difference(self.front, columns, directory.FRONT)
        for champion in champions:
            if found is None:
                found = self._difference_in(champion)
        return found

    def _difference_in(self, champion: Champion) -> Difference | None:
        number, place = champion.number, f"{directory.CHAMPIONS}.{champion.number}"
        held = self.champions[number]
        there, now = _plain(held), _plain(champion.genome)
        found = first_difference(there, now, place)
        if found is None:
            files = _texts(KINDS[held.kind].files(champion.genome, number))
            found = first_difference(self.files[number], files, place)
        return found

    def difference_in_keepsake(self, restored: Restored) -> Difference | None:
        """Return where what the method has learned first differs from the files that hold it.

        Raises:
            RunError: A file cannot be read.
        """
        kept = self.config.method_entry.keep(restored.ledger.search)
        for name, content in kept.items():
            path = self.path / name
            held = read(self.path, path, LARGEST_ARRAYS) if path.exists() else None
            if held != content:
                there, now = (_opened(path, one) for one in (held, content))
                return first_difference(there, now, name) or Difference(name, "a file", "another")
        return None

    def difference_at_the_checkpoint(self, restored: Restored) -> Difference | None:
        """Return where the state of a study first differs from the checkpoint's.

        Raises:
            RunError: The checkpoint's state is invalid.
        """
        state = decode(*encode(state_of(restored)))
        held = self.checkpoint.state
        assert held is not None
        try:
            for name in ("ledger", "books", "items"):
                held[name]
            there, now = _as_the_journal_keeps_it(held), _as_the_journal_keeps_it(state)
        except DAMAGE as error:
            raise RunError(f"The state of the checkpoint is invalid: {error!r}.") from error
        return first_difference(there, now, CHECKPOINT)


def read_columns(text: str, names: Iterable[str]) -> Columns:
    """Return columns of front.csv.

    Raises:
        KeyError: One is missing.
        TypeError: A line is too short.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: [row[name] + "" for row in rows] for name in names}


def _read_front(run: Path, kind: str) -> tuple[Columns, Mapping[int, Genome], Mapping[int, Files]]:
    path = run / directory.FRONT
    try:
        text = read_text(run, path, LARGEST_SCORES) if path.exists() else ""
        has_weights = kind in KINDS and KINDS[kind].has_weights
        names = [*COLUMNS, "n_weights"] if has_weights else COLUMNS
        columns = read_columns(text, names)
        numbers = [int(number) for number in columns["candidate"]]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise RunError(f"{path}: the front cannot be read: {error!r}.") from error
    champions = {number: directory.read_champion(run, number, kind) for number in numbers}
    files = {number: _files_of(run, number, genome) for number, genome in champions.items()}
    return columns, champions, files


def _files_of(run: Path, number: int, genome: Genome) -> Files:
    """Return the files of a champion but for its weights; one that is missing is left out."""
    folder = run / directory.CHAMPIONS / str(number)
    names = _texts(KINDS[genome.kind].files(genome, number))
    return {
        name: read(run, folder / name, LARGEST_GENOME) for name in names if (folder / name).exists()
    }


def _texts(files: Mapping[str, str | bytes]) -> Files:
    return {
        name: content.encode() if isinstance(content, str) else content
        for name, content in files.items()
        if name != WEIGHTS
    }


def _opened(path: Path, content: bytes | None) -> Any:
    """Return the arrays of a safetensors file; any other content as it is."""
    if content is None or path.suffix != ".safetensors":
        return content
    try:
        return parse_tensors(content)
    except ValueError as error:
        raise RunError(f"{path}: the file cannot be read: {error}.") from error


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


def _plain(genome: Genome) -> dict[str, Any]:
    plain = plain_genome(genome)
    weights = {"weights": plain["weights"]} if "weights" in plain else {}
    return {**plain[genome.kind], **weights}


def _as_the_journal_keeps_it(value: Any) -> Any:
    """Return a state without seconds, which the journal rounds, and with its null for infinity."""
    if isinstance(value, Mapping):
        kept = {key: one for key, one in value.items() if not _is_time(key, one)}
        curve = kept.get("curve")
        if isinstance(curve, np.ndarray) and curve.dtype == np.float64:
            kept["curve"] = np.where(np.isfinite(curve), curve, np.nan)
        return {key: _as_the_journal_keeps_it(one) for key, one in kept.items()}
    if isinstance(value, list):
        return [_as_the_journal_keeps_it(one) for one in value]
    return value


def _is_time(key: str, value: Any) -> bool:
    return key == "seconds" and isinstance(value, float)
