"""The journal: one JSON line for each candidate asked, one for each done, as it happens."""

from __future__ import annotations

import base64
import errno
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import RunError
from cellcolony.fitness.evaluation import Evaluation
from cellcolony.runs.events import Asked, Done, Event
from cellcolony.search.contract import Candidate

TIMES = ("at", "seconds")
"""The keys that differ between two runs that are otherwise the same."""
BLOCK_BYTES = 1 << 16


class Journal:
    """Appends a line for every `Asked` and `Done`, at once; an OSError says that it cannot.

    An `asked` line holds number, parents, how the candidate was made, its structure, and how many
    results the search had been told. A `done` line holds loss, learning curve, seconds, steps and
    trained weights (base64 of little-endian float32, in the order of `Network.weights`), or the
    failure. `at` counts the seconds of the search, those of earlier sessions included.

    Args:
        path: A new file, or what a kill has left: a last line that it cut short is cut off.
        seconds: How long earlier sessions have searched.
    """

    def __init__(self, path: Path, seconds: float = 0.0) -> None:
        self._path = path
        self._opened = time.monotonic() - seconds
        if path.exists():
            os.truncate(path, end_of_whole_lines(path))
        self._file = path.open("ab", buffering=0)  # after an error nothing must be written later

    @property
    def seconds(self) -> float:
        """How long all sessions have searched so far."""
        return time.monotonic() - self._opened

    def observe(self, event: Event) -> None:
        """Write the event's line, if it has one."""
        if isinstance(event, Asked):
            self._append(asked_line(event.candidate, event.n_told))
        elif isinstance(event, Done):
            number = event.candidate.number
            self._append(done_line(number, event.evaluation, event.cut_short))

    def flush_to_disk(self) -> int:
        """Let no line be lost even if the power fails; return where the next will begin."""
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, line: dict[str, Any]) -> None:
        line = {**line, "at": round(self.seconds, 3)}
        text = json.dumps(line, allow_nan=False, default=plain).encode() + b"\n"
        while text:  # a disk that fills up may take a part, and refuses the rest
            text = text[self._file.write(text) :]
        if os.fstat(self._file.fileno()).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self._path)


def asked_line(candidate: Candidate, n_told: int) -> dict[str, Any]:
    """Return what the journal says about a candidate that was asked."""
    return {
        "event": "asked",
        "number": candidate.number,
        "told": n_told,
        "parents": list(candidate.parents),
        "how": dict(candidate.how),
        "network": candidate.network.to_dict(),
    }


def done_line(number: int, evaluation: Evaluation, cut_short: bool = False) -> dict[str, Any]:
    """Return what the journal says about an evaluation; a loss that is not finite is null."""
    line: dict[str, Any] = {"event": "done", "number": number}
    if cut_short:
        line["cut_short"] = True
    if evaluation.weights is None:
        line["failure"] = evaluation.failure
    else:
        line["loss"] = evaluation.loss
        line["curve"] = [loss if math.isfinite(loss) else None for loss in evaluation.curve]
        line["weights"] = encode_weights(evaluation.weights)
    return {**line, "seconds": round(evaluation.seconds, 4), "n_steps": evaluation.n_steps}


def evaluation_of(line: Mapping[str, Any]) -> Evaluation:
    """Read what `done_line` wrote.

    Raises:
        KeyError: A value is missing.
        TypeError: A value is of another kind.
        ValueError: A value cannot be.
    """
    seconds, n_steps = float(line["seconds"]), int(line["n_steps"])
    if "failure" in line:
        return Evaluation.failed(str(line["failure"]), seconds, n_steps)
    curve = tuple(math.nan if loss is None else float(loss) for loss in line["curve"])
    weights = decode_weights(line["weights"])
    return Evaluation.succeeded(float(line["loss"]), weights, curve, seconds, n_steps)


def read_journal(path: Path, start: int = 0, stop: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the journal's lines; a last line that a kill cut short is left out.

    Args:
        path: The file; the run may still be writing it.
        start: At which byte to begin.
        stop: The byte behind the last line; None for the end.

    Raises:
        RunError: The file cannot be read, or a line before the last is no JSON.
    """
    try:
        with path.open("rb") as file:
            file.seek(start)
            yield from _lines(file, path, math.inf if stop is None else stop)
    except OSError as error:
        raise RunError(f"{path}: the journal cannot be read: {error}.") from error


def _lines(file: BinaryIO, path: Path, stop: float) -> Iterator[dict[str, Any]]:
    end = file.tell()
    for at, line in enumerate(file, 1):
        end += len(line)
        if not line.endswith(b"\n") or end > stop:
            return
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            begin = line[:60].decode("utf-8", "replace").rstrip("\n")
            raise RunError(f"{path}, line {at}: expected JSON, got {begin!r}.") from error


def end_of_whole_lines(path: Path) -> int:
    """Return the byte behind the last newline; 0 without one."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - BLOCK_BYTES)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            end = start
    return 0


def encode_weights(weights: NDArray[np.float32]) -> str:
    """Return weights as base64 of little-endian float32."""
    return base64.b64encode(np.asarray(weights, "<f4").tobytes()).decode("ascii")


def decode_weights(text: str) -> NDArray[np.float32]:
    """Read what `encode_weights` wrote: `(n_all_weights,)`."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)


def plain(value: Any) -> Any:
    """Return a number or an array of NumPy as JSON has it: the `default` of `json.dumps`."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"The journal cannot hold a {type(value).__name__}.")
