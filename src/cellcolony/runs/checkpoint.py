"""The checkpoint: a run as it was at one line of its journal, so that little has to be replayed.

`checkpoint.json` holds the budget, the workers, what the run is held against, the seconds searched,
the settings, the plain values of the state, and where the journal then ended; it names the file
`checkpoint-N.safetensors` that holds the arrays. A run has a `checkpoint.json` from its beginning,
at first without a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cellcolony.config import FORMAT
from cellcolony.errors import RunError, brief
from cellcolony.runs.budget import Budget
from cellcolony.store.snapshot import CHECKPOINT as CHECKPOINT
from cellcolony.store.snapshot import keep, kept
from cellcolony.toml_table import MOST


@dataclass(frozen=True)
class Checkpoint:
    """What is kept of a run beside its journal.

    Attributes:
        budget: When its search ends.
        settings: What a continued run must have in common with it, as plain values.
        seconds: How long it has searched, all sessions together.
        offset: The byte of the journal that the state has come to, the beginning of a line.
        state: The state there; None for the beginning.
        serial: Counts the checkpoints that were written.
        workers: How many networks are trained at once; None where an older program wrote it.
        against: Which other search is given as many networks at the end; None for none.
    """

    budget: Budget
    settings: Mapping[str, Any]
    seconds: float = 0.0
    offset: int = 0
    state: Mapping[str, Any] | None = None
    serial: int = 0
    workers: int | None = None
    against: str | None = None


def write_checkpoint(run: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint over the last, so that a kill or a power cut leaves one of both whole.

    The journal must be on the disk up to `offset`, and `serial` another than the last one's.
    """
    body = {
        "format": FORMAT,
        "budget": asdict(checkpoint.budget),
        "workers": checkpoint.workers,
        "against": checkpoint.against,
        "settings": checkpoint.settings,
        "seconds": checkpoint.seconds,
        "journal_offset": checkpoint.offset,
        "serial": checkpoint.serial,
    }
    keep(run, body, checkpoint.state, checkpoint.serial)


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
        return Checkpoint(
            Budget.from_dict(body["budget"]),
            dict(body["settings"]),
            _at_least_0(float(body["seconds"])),
            int(_at_least_0(body["journal_offset"])),
            body["state"],
            int(_at_least_0(body["serial"])),
            _whole_or_none(body.get("workers")),
            _text_or_none(body.get("against")),  # earlier programs did not keep it
        )
    except (OSError, RunError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error}.") from error
    except (RecursionError, OverflowError) as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error}.") from error


def _at_least_0(value: float) -> float:
    if not 0 <= value <= MOST:
        raise ValueError(f"{brief(value)} must be from 0 to {MOST:,}")
    return value


def _text_or_none(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f"{brief(value)} must be a text")


def _whole_or_none(value: object) -> int | None:
    if value is None or (type(value) is int and 0 < value <= MOST):
        return value
    raise ValueError(f"{brief(value)} must be a whole number above 0")
