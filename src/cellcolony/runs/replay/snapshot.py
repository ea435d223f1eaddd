"""What a run directory holds beside its journal, to be compared with a replay of the journal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.checkpoint import Checkpoint, Restored, read_checkpoint
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.genomes import KINDS, WEIGHTS, Champion
from cellcolony.runs.session import check_unchanged
from cellcolony.store import foreign
from cellcolony.store.encoding import decode, encode
from cellcolony.store.reading import (
    DAMAGE,
    LARGEST_ARRAYS,
    LARGEST_GENOME,
    LARGEST_SCORES,
    parse_tensors,
    read,
    read_text,
    readable,
    settled,
)
from cellcolony.store.sameness import Difference, first_difference
from cellcolony.store.snapshot import CHECKPOINT

COLUMNS = ("candidate", "size", "chosen")
"""The columns of front.csv that follow from the journal; the data alone can tell the others, but
for the number of a network's weights, which is its size."""
TENSORS = ".safetensors"
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
        champions: The files of the champions, by their numbers and by the files' names.
        checkpoint: The last checkpoint.
    """

    path: Path
    config: StudyConfig
    has_ended: bool
    front: Columns
    champions: Mapping[int, Files]
    checkpoint: Checkpoint

    @staticmethod
    def of(run: Path, config: StudyConfig) -> Snapshot:
        """Read a run directory.

        Raises:
            RunError: A file is damaged, or the run was begun with other settings than it has now.
        """
        checkpoint = settled(run / CHECKPOINT, lambda: read_checkpoint(run))
        check_unchanged(run, config, checkpoint)
        has_ended = (run / directory.RESULT).exists()
        kind = config.genome
        front, champions = settled(run / directory.FRONT, lambda: _read_front(run, kind))
        return Snapshot(run, config, has_ended, front, champions, checkpoint)

    def difference_in_front(self, front: Iterable[Champion]) -> Difference | None:
        """Return where a front first differs from the one that is held: in who, size or files."""
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
                place = f"{directory.CHAMPIONS}.{champion.number}."
                found = _difference_in(self.champions[champion.number], champion.files(), place)
        return found

    def difference_in_keepsake(self, restored: Restored) -> Difference | None:
        """Return where what the method has learned first differs from the files that hold it.

        Raises:
            RunError: A file cannot be read.
        """
        kept = self.config.method_entry.keep(restored.ledger.search)
        return _difference_in(_held(self.path, self.path, kept, LARGEST_ARRAYS), kept)

    def difference_at_the_checkpoint(self, restored: Restored) -> Difference | None:
        """Return where the state of a study first differs from the checkpoint's.

        Raises:
            RunError: The checkpoint's state is invalid.
        """
        state = decode(*encode(restored.state()))
        held = self.checkpoint.state
        assert held is not None
        try:
            for name in ("ledger", "books", "items"):
                held[name]
            there, now = as_the_journal_keeps_it(held), as_the_journal_keeps_it(state)
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


def as_the_journal_keeps_it(value: Any) -> Any:
    """Return a state without seconds, which the journal rounds, and with its null for infinity."""
    if isinstance(value, Mapping):
        kept = {k: v for k, v in value.items() if not (k == "seconds" and isinstance(v, float))}
        curve = kept.get("curve")
        if isinstance(curve, np.ndarray) and curve.dtype == np.float64:
            kept["curve"] = np.where(np.isfinite(curve), curve, np.nan)
        return {key: as_the_journal_keeps_it(one) for key, one in kept.items()}
    return [as_the_journal_keeps_it(one) for one in value] if isinstance(value, list) else value


def _read_front(run: Path, kind: str) -> tuple[Columns, Mapping[int, Files]]:
    path = run / directory.FRONT
    names = KINDS[kind].names if kind in KINDS else ()
    text = read_text(run, path, LARGEST_SCORES) if path.exists() else ""
    with readable(f"{path}: the front", csv.Error):
        columns = read_columns(text, [*COLUMNS, *(["n_weights"] if WEIGHTS in names else [])])
        folders = {int(one): run / directory.CHAMPIONS / one for one in columns["candidate"]}
    champions = {
        number: _held(run, folder, names, LARGEST_GENOME) for number, folder in folders.items()
    }
    return columns, champions


def _held(run: Path, folder: Path, names: Iterable[str], most_bytes: int) -> Files:
    """Return files of a folder; one that is missing is left out."""
    paths = {name: folder / name for name in names}
    return {name: read(run, path, most_bytes) for name, path in paths.items() if path.exists()}


def _difference_in(held: Files, now: Files, within: str = "") -> Difference | None:
    """Return where files first differ: in the values of arrays, and in the text of others."""
    for name, content in now.items():
        place, there = f"{within}{name}", held.get(name)
        if there != content:
            found = first_difference(_opened(place, there), _opened(place, content), place)
            if found is not None or not name.endswith(TENSORS):
                return found or Difference(place, "a file", "another")
    return None


def _opened(name: str, content: bytes | None) -> Any:
    """Return the arrays of a safetensors file, the values of JSON, and anything else as it is."""
    with readable(f"{name}: the file"):
        if content is not None and name.endswith(TENSORS):
            return parse_tensors(content)
        return foreign.parse_json(content) if content and name.endswith(".json") else content
