"""A snapshot: plain values and arrays that replace the last ones as one.

`checkpoint.json` holds the plain values and names `checkpoint-N.safetensors`, the arrays.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellcolony.store import foreign
from cellcolony.store.encoding import decode, encode
from cellcolony.store.reading import LARGEST_ARRAYS, LARGEST_CHECKPOINT, read

CHECKPOINT = "checkpoint.json"
ARRAYS = re.compile(r"checkpoint-\d+\.safetensors(\.part)?")


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


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


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
