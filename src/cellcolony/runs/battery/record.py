"""What one run of a battery found, and the file that keeps it: one JSON line a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le

from cellcolony.errors import ConfigError, RunError
from cellcolony.settings import Amount, Count, Words, record, settings
from cellcolony.store import foreign
from cellcolony.store.reading import read

LARGEST_RESULTS = 1 << 30
"""Bytes of the file: a million runs, some 500 each."""
LARGEST_ERROR = 1e300
"""So that means of errors are finite."""
Error = Annotated[float, Ge(0), Le(LARGEST_ERROR), Words("a number from 0 to 1e300")]


@settings
class Record:
    """What one run found. Where it failed, everything from `valid` on is None.

    Attributes:
        configuration: The label of its configuration.
        levels: The label of its level on each axis.
        repeat: Which repeat it is, from 0.
        seed: Its seed.
        seconds: How long the run took, in wall time.
        n_candidates: How many candidates were judged, failures included.
        n_failed: How many of them failed.
        measure: What `valid` and `test` are: "mae", "perplexity".
        failure: Why the run found nothing; None where it did.
        valid: The measure on validation of what it found, meant over the targets. Units: their own.
        test: The same on test; None where nothing is tested, as with nodes that have no final
            training.
        loss: The validation loss that its best candidate was chosen by; None without a search.
        size: The size of that candidate, in what its kind counts: weights or elements.
        n_weights: The trainable numbers of the model: of a network those that can reach an output.
        n_hidden: A network's hidden nodes on a path from an input to an output.
        n_edges: Its edges between such nodes, inputs and outputs included.
        n_recurrent_edges: Its recurrent edges between such nodes.
        entropy: The colony's entropy when the last candidate was asked, where the search tells it.
    """

    configuration: str
    levels: Mapping[str, str]
    repeat: Count
    seed: Annotated[int, Ge(0)]
    seconds: Amount
    n_candidates: Count = 0
    n_failed: Count = 0
    measure: str = ""
    failure: str | None = None
    valid: Error | None = None
    test: Error | None = None
    loss: Error | None = None
    size: Count | None = None
    n_weights: Count | None = None
    n_hidden: Count | None = None
    n_edges: Count | None = None
    n_recurrent_edges: Count | None = None
    entropy: Error | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What tells the runs of a battery apart."""
        return self.configuration, self.repeat


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
    return [_record(line, f"{path}, line {at}") for at, line in enumerate(lines, 1)]


def _record(line: str, where: str) -> Record:
    """Read what stands in a line; keys of later versions are passed over.

    Raises:
        RunError: The line is no record.
    """
    try:
        return record(Record, foreign.parse_json(line.encode()), where)
    except ConfigError as error:
        raise RunError(f"{error} Expected a run.") from error
    except ValueError as error:
        raise RunError(f"{where}: expected a run, got {line[:60]!r} ({error}).") from error
