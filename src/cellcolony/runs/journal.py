"""The journal: one JSON line for each candidate asked, one for each done, as it happens."""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import RunError, brief
from cellcolony.runs.events import Asked, Done, Event
from cellcolony.store import foreign
from cellcolony.store.lines import AppendedLines
from cellcolony.store.reading import LARGEST_LINE
from cellcolony.toml_table import MOST, NUMBER, Kind

TIMES = ("at", "seconds")
"""The keys that differ between two runs that are otherwise the same."""
LARGEST_LOSS = 1e100
LOSS = Kind("a number from 0 to 1e100", lambda v: NUMBER.fits(v) and 0 <= v <= LARGEST_LOSS)
"""A validation loss, in scaled units; that of a network that diverged may be very large."""


class Journal:
    """Appends a line for every `Asked` and `Done`, at once; an OSError says that it cannot.

    An `asked` line holds number, parents, how the candidate was made, its structure under the kind
    of its genome, and how many results the search had been told. A `done` line holds loss, learning
    curve, seconds, steps and a network's trained weights (base64 of little-endian float32, in the
    order of `Network.weights`), or the failure. `at` counts the seconds of the search, those of
    earlier sessions included.

    Args:
        path: A new file, or what a kill has left: a last line that it cut short is cut off.
        seconds: How long earlier sessions have searched.
    """

    def __init__(self, path: Path, seconds: float = 0.0) -> None:
        self._opened = time.monotonic() - seconds
        self._lines = AppendedLines(path)

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
        return self._lines.flush_to_disk()

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _append(self, line: dict[str, Any]) -> None:
        self._lines.append({**line, "at": round(self.seconds, 3)})


def asked_line(candidate: Candidate, n_told: int) -> dict[str, Any]:
    """Return what the journal says about a candidate that was asked."""
    return {
        "event": "asked",
        "number": candidate.number,
        "told": n_told,
        "parents": list(candidate.parents),
        "how": dict(candidate.how),
        candidate.genome.kind: candidate.genome.to_dict(),
    }


def done_line(number: int, evaluation: Evaluation, cut_short: bool = False) -> dict[str, Any]:
    """Return what the journal says about an evaluation; a loss that is not finite is null."""
    line: dict[str, Any] = {"event": "done", "number": number}
    if cut_short:
        line["cut_short"] = True
    if evaluation.failure is not None:
        line["failure"] = evaluation.failure
    else:
        line["loss"] = evaluation.loss
        line["curve"] = [loss if math.isfinite(loss) else None for loss in evaluation.curve]
    if evaluation.weights is not None:
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
    if not 0 <= seconds <= MOST:
        raise ValueError(f"`seconds` is {seconds}")
    if "failure" in line:
        return Evaluation.failed(str(line["failure"]), seconds, n_steps)
    curve = tuple(math.nan if loss is None else float(loss) for loss in line["curve"])
    weights = decode_weights(line["weights"]) if "weights" in line else None
    return Evaluation.succeeded(float(line["loss"]), weights, curve, seconds, n_steps)


def read_journal(path: Path, start: int = 0, stop: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the journal's lines; a last line that a kill cut short is left out.

    Args:
        path: The file; the run may still be writing it.
        start: At which byte to begin.
        stop: The byte behind the last line; None for the end.

    Raises:
        RunError: The file cannot be read, or a line before the last is no line of a journal.
    """
    try:
        with foreign.open_regular(path, within=path.parent) as file:
            file.seek(start)
            yield from _lines(file, path, math.inf if stop is None else stop)
    except OSError as error:
        reason = error.strerror or error
        raise RunError(f"{path}: the journal cannot be read: {reason}.") from error


def _lines(file: BinaryIO, path: Path, stop: float) -> Iterator[dict[str, Any]]:
    end = file.tell()
    for at, line in enumerate(iter(lambda: file.readline(LARGEST_LINE), b""), 1):
        end += len(line)
        if end > stop or (not line.endswith(b"\n") and len(line) < LARGEST_LINE):
            return
        try:
            yield _checked(json.loads(line))
        except (ValueError, RecursionError) as error:
            begin = line[:60].decode("utf-8", "replace").rstrip("\n")
            raise RunError(
                f"{path}, line {at}: expected a line of a journal, got {begin!r} ({error})."
            ) from error


def _checked(line: Any) -> dict[str, Any]:
    """Check what every reader relies on.

    Raises:
        ValueError: It is no line of a journal.
    """
    if not isinstance(line, dict) or line.get("event") not in ("asked", "done"):
        raise ValueError("expected an object whose `event` is asked or done")
    number = line.get("number")
    if type(number) is not int or not 0 <= number <= MOST:
        raise ValueError(f"`number` cannot be {brief(number)}")
    return line


def encode_weights(weights: NDArray[np.float32]) -> str:
    """Return weights as base64 of little-endian float32."""
    return base64.b64encode(np.asarray(weights, "<f4").tobytes()).decode("ascii")


def decode_weights(text: str) -> NDArray[np.float32]:
    """Read what `encode_weights` wrote: `(n_all_weights,)`."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
