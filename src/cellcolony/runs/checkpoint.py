"""The checkpoint: a search as it was at one line of its journal, so that little has to be replayed.

`checkpoint.json` holds the budget, the workers, the seconds searched, the configuration to compare,
the plain values of the state, and where the journal then ended; it names
`checkpoint-N.safetensors`, which holds the arrays. A run has a `checkpoint.json` from its
beginning, at first without a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import FORMAT
from cellcolony.settings import Amount, Count, plain, record, settings
from cellcolony.store import foreign
from cellcolony.store.reading import LARGEST_CHECKPOINT, read
from cellcolony.store.snapshot import CHECKPOINT, keep, kept


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
    body = {"format": FORMAT, **_plain(checkpoint.header), "compared": checkpoint.compared}
    keep(run, body, checkpoint.state, checkpoint.header.serial)


def _plain(header: Header) -> dict[str, Any]:
    return {**plain(header), "budget": {k: v for k, v in asdict(header.budget).items() if v}}


def read_checkpoint(run: Path) -> Checkpoint:
    """Return the checkpoint of a run.

    Raises:
        RunError: It is missing or damaged.
    """
    path = run / CHECKPOINT
    try:
        body = kept(run)
        if body["format"] != FORMAT:
            raise ValueError(f"`format` must be {FORMAT}. Got {body['format']!r}")
        return Checkpoint(record(Header, body, CHECKPOINT), dict(body["compared"]), body["state"])
    except (OSError, RunError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error}.") from error
    except (RecursionError, OverflowError) as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error}.") from error


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
