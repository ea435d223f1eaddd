"""What one run of a battery found, and the file that keeps it: one JSON line a run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any

from cellcolony.errors import RunError, brief
from cellcolony.store import foreign
from cellcolony.store.lines import end_of_whole_lines
from cellcolony.store.reading import read
from cellcolony.toml_table import COUNT, NUMBER, TABLE, TEXT, WHOLE, Kind

LARGEST_RESULTS = 1 << 30
"""Bytes of the file: a million runs, some 500 each."""
LARGEST_ERROR = 1e300
"""So that means of errors are finite."""
_ERROR = Kind("a number from 0 to 1e300", lambda v: NUMBER.fits(v) and 0 <= v <= LARGEST_ERROR)
_NAMES = Kind(
    "a table of texts", lambda v: TABLE.fits(v) and all(isinstance(one, str) for one in v.values())
)
_KINDS = {"str": TEXT, "int": COUNT, "float": _ERROR, "Mapping[str, str]": _NAMES}


@dataclass(frozen=True)
class Record:
    """What one run found. Where it failed, everything from `valid` on is None.

    Attributes:
        configuration: The label of its configuration.
        levels: The label of its level on each axis.
        repeat: Which repeat it is, from 0.
        seed: Its seed.
        seconds: How long the search took, in wall time.
        n_networks: How many networks were trained, failures included.
        n_failed: How many of them failed.
        failure: Why the run found nothing; None where it did.
        valid: The validation MAE of its best network, meant over the targets. Units: their own.
        test: The test MAE of the same network.
        loss: The validation loss that it was chosen by, in scaled units.
        n_weights: Its trainable numbers that can reach an output.
        n_hidden: Its hidden nodes on a path from an input to an output.
        n_edges: Its edges between such nodes, inputs and outputs included.
        n_recurrent_edges: Its recurrent edges between such nodes.
        entropy: The colony's entropy at the end, where the search tells it.
    """

    configuration: str
    levels: Mapping[str, str]
    repeat: int
    seed: int
    seconds: float
    n_networks: int = 0
    n_failed: int = 0
    failure: str | None = None
    valid: float | None = None
    test: float | None = None
    loss: float | None = None
    n_weights: int | None = None
    n_hidden: int | None = None
    n_edges: int | None = None
    n_recurrent_edges: int | None = None
    entropy: float | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What tells the runs of a battery apart."""
        return self.configuration, self.repeat

    def to_line(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(asdict(self), allow_nan=False)

    @staticmethod
    def from_line(line: str) -> Record:
        """Read what `to_line` wrote; keys of later versions are passed over.

        Raises:
            ValueError: The line is no record.
        """
        values = foreign.parse_json(line.encode())
        if not isinstance(values, dict):
            raise ValueError("expected an object")
        missing = [f.name for f in fields(Record) if f.default is MISSING and f.name not in values]
        if missing:
            raise ValueError(f"{', '.join(missing)} is missing")
        known: dict[str, Any] = {f.name: values[f.name] for f in fields(Record) if f.name in values}
        for field in (f for f in fields(Record) if f.name in known):
            kind, _, or_none = str(field.type).partition(" | ")
            value = known[field.name]
            needed = WHOLE if field.name == "seed" else _KINDS[kind]
            if not needed.fits(value) and not (or_none and value is None):
                raise ValueError(f"{field.name} must be {needed.words}, not {brief(value)}")
        return Record(**known)


class Records:
    """Appends records to a file, and flushes each.

    A last line that a kill cut short is cut off when the file is opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = foreign.open_regular(path, append=True, within=path.parent)
        self._file.truncate(end_of_whole_lines(path))
        self._file.seek(0, os.SEEK_END)

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, record: Record) -> None:
        """Write a record's line, so that it outlives this process."""
        self._file.write(record.to_line().encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def read_records(path: Path) -> list[Record]:
    """Return the records of a file; a last line that a kill cut short is left out.

    Raises:
        RunError: The file cannot be read, or another line is no record.
    """
    if not path.exists():
        return []
    try:
        content = read(path.parent, path, LARGEST_RESULTS)
        lines = content[: content.rfind(b"\n") + 1].decode().split("\n")[:-1]
    except UnicodeDecodeError as error:
        raise RunError(f"{path}: the results cannot be read: {error}.") from error
    records = []
    for at, line in enumerate(lines, 1):
        try:
            records.append(Record.from_line(line))
        except ValueError as error:
            raise RunError(
                f"{path}, line {at}: expected a run, got {line[:60]!r} ({error})."
            ) from error
    return records
