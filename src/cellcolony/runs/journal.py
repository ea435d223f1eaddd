"""The journal: one JSON line for each candidate asked, one for each done, as it happens."""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import RunError
from cellcolony.fitness.evaluation import Evaluation
from cellcolony.runs.events import Asked, Done, Event
from cellcolony.search.contract import Candidate

TIMES = ("at", "seconds")
"""The keys that differ between two runs that are otherwise the same."""


class Journal:
    """Appends a line to `path` for every `Asked` and `Done`, and flushes it.

    An `asked` line holds number, parents, how the candidate was made, and its structure. A `done`
    line holds loss, learning curve, seconds, steps and trained weights (base64 of little-endian
    float32, in the order of `Network.weights`), or the failure. `at` counts seconds since the
    journal was opened.
    """

    def __init__(self, path: Path) -> None:
        self._opened = time.monotonic()
        self._file = path.open("x", encoding="utf-8")

    def observe(self, event: Event) -> None:
        """Write the event's line, if it has one."""
        if isinstance(event, Asked):
            self._append(asked_line(event.candidate))
        elif isinstance(event, Done):
            self._append(done_line(event.candidate.number, event.evaluation))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, line: dict[str, Any]) -> None:
        line = {**line, "at": round(time.monotonic() - self._opened, 3)}
        self._file.write(json.dumps(line, allow_nan=False, default=_plain) + "\n")
        self._file.flush()


def asked_line(candidate: Candidate) -> dict[str, Any]:
    """Return what the journal says about a candidate that was asked."""
    return {
        "event": "asked",
        "number": candidate.number,
        "parents": list(candidate.parents),
        "how": dict(candidate.how),
        "network": candidate.network.to_dict(),
    }


def done_line(number: int, evaluation: Evaluation) -> dict[str, Any]:
    """Return what the journal says about an evaluation; a loss that is not finite is null."""
    line: dict[str, Any] = {"event": "done", "number": number}
    if evaluation.weights is None:
        line["failure"] = evaluation.failure
    else:
        line["loss"] = evaluation.loss
        line["curve"] = [loss if math.isfinite(loss) else None for loss in evaluation.curve]
        line["weights"] = encode_weights(evaluation.weights)
    return {**line, "seconds": round(evaluation.seconds, 4), "n_steps": evaluation.n_steps}


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the journal's lines; a last line that a kill cut short is left out.

    Raises:
        RunError: The file cannot be read, or a line before the last is no JSON.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: the journal cannot be read: {error}.") from error
    for at, line in enumerate(lines[:-1], 1):  # what follows the last newline is empty or cut short
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            raise RunError(f"{path}, line {at}: expected JSON, got {line[:60]!r}.") from error


def encode_weights(weights: NDArray[np.float32]) -> str:
    """Return weights as base64 of little-endian float32."""
    return base64.b64encode(np.asarray(weights, "<f4").tobytes()).decode("ascii")


def decode_weights(text: str) -> NDArray[np.float32]:
    """Read what `encode_weights` wrote: `(n_all_weights,)`."""
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"The journal cannot hold a {type(value).__name__}.")
