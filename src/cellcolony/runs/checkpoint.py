"""The checkpoint: a run as it was at one line of its journal, so that little has to be replayed.

`checkpoint.json` holds the budget, the workers, what the run is held against, the seconds searched,
the settings, the plain values of the state, and where the journal then ended; it names the file
`checkpoint-N.safetensors` that holds the arrays. A run has a `checkpoint.json` from its beginning,
at first without a state.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cellcolony import foreign
from cellcolony.config import FORMAT
from cellcolony.errors import RunError, brief
from cellcolony.runs.budget import Budget
from cellcolony.runs.encoding import decode, encode
from cellcolony.runs.reading import LARGEST_ARRAYS, LARGEST_CHECKPOINT, read
from cellcolony.toml_table import MOST

CHECKPOINT = "checkpoint.json"
ARRAYS = re.compile(r"checkpoint-\d+\.safetensors(\.part)?")


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


def keep(run: Path, body: Mapping[str, Any], state: Any, serial: int) -> None:
    """Write plain values and a state over the last, so that a kill leaves one of both whole.

    Args:
        run: The run directory.
        body: What JSON can hold.
        state: Plain values and arrays, as `encode` takes them; None for no state.
        serial: Another number than that of the last.
    """
    tree, arrays = encode(state)
    name = None
    if state is not None:
        name = f"checkpoint-{serial}.safetensors"
        _replace(run / name, arrays)
    digest = hashlib.sha256(arrays).hexdigest()
    body = {**body, "arrays": name, "arrays_sha256": digest, "state": tree}
    body = {"sha256": _digest(body), **body}
    _replace(run / CHECKPOINT, json.dumps(body, allow_nan=False).encode())
    for file in run.iterdir():
        if ARRAYS.fullmatch(file.name) and file.name != name:
            file.unlink()


def kept(run: Path, most_bytes: int = LARGEST_ARRAYS) -> dict[str, Any]:
    """Return what `keep` wrote: the plain values, and under `state` the state.

    Args:
        run: The run directory.
        most_bytes: The largest that its arrays may be.

    Raises:
        OSError, RunError, ValueError, TypeError, KeyError, AttributeError: It is damaged.
    """
    body = foreign.parse_json(read(run, run / CHECKPOINT, LARGEST_CHECKPOINT))
    if body.pop("sha256") != _digest(body):
        raise ValueError("its checksum is another")
    state = None
    if body["arrays"] is not None:
        if not ARRAYS.fullmatch(body["arrays"]):
            raise ValueError(f"it names the file {body['arrays']!r}")
        arrays = read(run, run / body["arrays"], most_bytes)
        if hashlib.sha256(arrays).hexdigest() != body["arrays_sha256"]:
            raise ValueError(f"the checksum of {body['arrays']} is another")
        state = decode(body["state"], arrays)
    return {**body, "state": state}


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


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


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


def _replace(path: Path, content: bytes) -> None:
    """Write a file over another so that even a power cut leaves one of both whole."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)  # a link that somebody put there is not followed
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    if os.name == "posix":  # the new name itself is kept by the folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
