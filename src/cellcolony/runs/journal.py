"""The journal: one JSON line for everything that a study asked and did, as it happened.

Everything that reads a journal reads it here. Its lines are

    asked   a candidate: its number, genome, parents, how it was made, and how many results had been
            told before
    done    what became of a candidate: loss, learning curve, weights, or the failure
    stage   a stage after the search has begun: its name, how many items it has, and how many of
            them are done
    item    an item of a stage is done: its key, and what came of it

A long genome is packed (`packing.py`): a text instead of an object; networks are most of a journal.
`at` counts the seconds of the search, or for a stage the seconds of that stage's session.
"""

from __future__ import annotations

import base64
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import RunError, brief
from cellcolony.judges.saved import seconds_of
from cellcolony.runs.events import Asked, Done, Event, ItemDone, SearchStarted, StageStarted
from cellcolony.runs.packing import packed, unpacked_text
from cellcolony.settings import MOST
from cellcolony.store import foreign
from cellcolony.store.lines import AppendedLines
from cellcolony.store.reading import LARGEST_LINE, readable

ASKED, DONE, STAGE, ITEM = "asked", "done", "stage", "item"
TIMES = ("at", "seconds")
"""The keys that differ between two runs that are otherwise the same."""
GENOMES = "network", "tree", "mixture"
"""The keys of genomes, which end an `asked` line but for its time."""
_AT = b', "at": '
_BEGINS = tuple(f', "{key}": {how}'.encode() for key in GENOMES for how in '{"')
"""How a genome begins that is there as an object, or packed."""
LARGEST_LOSS = 1e100
"""Of a network that diverged, a validation loss may be very large."""


class Journal:
    """Appends a line for each event that has one, at once; an OSError says that it cannot.

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
        if isinstance(event, SearchStarted):  # before that, cells are compiled
            self._opened = time.monotonic() - event.seconds
        elif isinstance(event, Asked):
            line, kind = asked_line(event.candidate, event.n_told), event.candidate.genome.kind
            self._append({**line, kind: packed(line[kind])})
        elif isinstance(event, Done):
            number = event.candidate.number
            self._append(done_line(number, event.evaluation, event.cut_short))
        elif isinstance(event, StageStarted) and event.is_journaled:
            counts = {"n": event.n, "done": event.n_done}
            self._append({"event": STAGE, "stage": event.stage, **counts})
        elif isinstance(event, ItemDone):
            line = {"event": ITEM, "stage": event.stage, "key": event.key, "result": event.result}
            self._append(line)
            self._lines.flush_to_disk()

    def flush_to_disk(self) -> int:
        """Let no line be lost even if the power fails; return where the next will begin."""
        return self._lines.flush_to_disk()

    def check_in_place(self) -> None:
        """Check that the file at its path is still the one that is written.

        Raises:
            OSError: It was removed or replaced, or its folder was.
        """
        self._lines.check_in_place()

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _append(self, line: dict[str, Any]) -> None:
        self._lines.append({**line, "at": round(self.seconds, 3)})


def asked_line(candidate: Candidate, n_told: int) -> dict[str, Any]:
    """Return what the journal says about a candidate that was asked."""
    line = {
        "event": ASKED,
        "number": candidate.number,
        "told": n_told,
        "parents": list(candidate.parents),
        "how": dict(candidate.how),
    }
    if candidate.effort != 1:
        line["effort"] = candidate.effort
    if candidate.rate != 1:
        line["rate"] = candidate.rate
    if candidate.weight_decay:
        line["weight_decay"] = candidate.weight_decay
    if candidate.least_gain:
        line["least_gain"] = candidate.least_gain
    return {**line, candidate.genome.kind: candidate.genome.to_dict()}


def done_line(number: int, evaluation: Evaluation, cut_short: bool = False) -> dict[str, Any]:
    """Return what the journal says about an evaluation; a loss that is not finite is null."""
    line: dict[str, Any] = {"event": DONE, "number": number}
    if cut_short:
        line["cut_short"] = True
    return {**line, **plain_evaluation(evaluation)}


def plain_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON can hold it."""
    line: dict[str, Any] = {}
    if evaluation.failure is not None:
        line["failure"] = evaluation.failure
    else:
        line["loss"] = evaluation.loss
        if evaluation.guide is not None:
            line["guide"] = evaluation.guide
        line["curve"] = [loss if math.isfinite(loss) else None for loss in evaluation.curve]
    if evaluation.weights is not None:
        line["weights"] = encode_weights(evaluation.weights)
    if evaluation.gradient_rms is not None:
        line["gradient_rms"] = encode_weights(evaluation.gradient_rms)
    if evaluation.memory is not None:
        line["memory"] = {key: _encode(one) for key, one in evaluation.memory.items()}
    return {**line, "seconds": round(evaluation.seconds, 4), "n_steps": evaluation.n_steps}


def evaluation_of(line: Mapping[str, Any]) -> Evaluation:
    """Read what `plain_evaluation` wrote.

    Raises:
        KeyError: A value is missing.
        TypeError: A value is of another kind.
        ValueError: A value cannot be.
    """
    seconds, n_steps = seconds_of(line["seconds"]), int(line["n_steps"])
    if "failure" in line:
        return Evaluation.failed(str(line["failure"]), seconds, n_steps)
    loss = loss_of(line["loss"])
    guide = loss_of(line["guide"], "guide") if "guide" in line else None
    curve = tuple(math.nan if one is None else float(one) for one in line["curve"])
    weights = decode_weights(line["weights"]) if "weights" in line else None
    memory = {str(key): _decode(one) for key, one in line.get("memory", {}).items()} or None
    rms = decode_weights(line["gradient_rms"]) if "gradient_rms" in line else None
    return Evaluation.succeeded(loss, weights, curve, seconds, n_steps, memory, guide, rms)


def loss_of(value: object, key: str = "loss") -> float:
    """Return a validation loss, or what guides a method, of a journal.

    Raises:
        TypeError, ValueError: It cannot be.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{key}` must be a number, not {brief(value)}")
    if not 0 <= value <= LARGEST_LOSS:
        raise ValueError(f"`{key}` must be from 0 to {LARGEST_LOSS:g}, not {brief(value)}")
    return float(value)


@dataclass(frozen=True)
class Line:
    """A line of a journal, read as far as it is asked for: genomes and weights are most of it.

    Attributes:
        event: "asked", "done", "stage" or "item".
        number: The candidate's number; -1 for a line that has none.
        at: The seconds of the search, or of the stage's session, when it was written.
        light: The values without the genome.
        text: The whole line.
        place: The byte at which it begins.
    """

    event: str
    number: int
    at: float
    light: Mapping[str, Any]
    text: bytes
    place: int

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """All values of the line, a packed genome as if it was not.

        Raises:
            ValueError: It is damaged.
        """
        values = json.loads(self.text)
        for key in GENOMES if self.event == ASKED else ():
            if isinstance(values.get(key), str):
                values[key] = json.loads(unpacked_text(values[key]))
        return values

    @property
    def structure(self) -> bytes:
        """Of an asked genome its structure as it is written, the same for equal ones.

        Raises:
            ValueError: It is damaged.
        """
        _, begin, genome = _parted(self.text)
        written = genome[: max(genome.rfind(_AT), 0)]
        if not begin.endswith(b'"'):
            return begin + written
        return begin[:-1] + unpacked_text(written[:-1])

    @property
    def end(self) -> int:
        """The byte after the line."""
        return self.place + len(self.text)

    @property
    def cut_short(self) -> bool:
        """Whether the end of a search cut the training short; a run that goes on repeats it."""
        return self.light.get("cut_short") is True


def read_journal(
    path: Path, start: int = 0, stop: int | None = None, number: int = 1
) -> Iterator[Line]:
    """Yield the journal's lines; a last line that a kill cut short is left out.

    What is appended meanwhile is left out too.

    Args:
        path: The file; the run may still be writing it.
        start: At which byte to begin.
        stop: The byte after the last line; None for the end.
        number: The number of the first line, for errors.

    Raises:
        RunError: The file cannot be read, or a line before the last is no line of a journal.
    """
    with readable(f"{path}: the journal"):
        file = foreign.open_regular(path, within=path.parent)
    with file:
        yield from lines_of(file, path, start, stop, number)


def lines_of(
    file: BinaryIO, path: Path, start: int = 0, stop: int | None = None, number: int = 1
) -> Iterator[Line]:
    """Yield the lines of an open journal: see `read_journal`."""
    size = os.fstat(file.fileno()).st_size
    stop = size if stop is None else min(stop, size)
    while start < stop:
        file.seek(start)
        text = file.readline(LARGEST_LINE)
        if start + len(text) > stop or (not text.endswith(b"\n") and len(text) < LARGEST_LINE):
            return
        try:
            yield _parsed(text, start)
        except (ValueError, RecursionError) as error:
            begin = text[:60].decode("utf-8", "replace").rstrip("\n")
            raise RunError(
                f"{path}, line {number}: expected a line of a journal, got {begin!r} "
                f"({str(error)[:200]})."
            ) from error
        start, number = start + len(text), number + 1


def losses_of(path: Path) -> tuple[float, ...]:
    """Return the validation losses of all candidates that are done and have not failed.

    Raises:
        RunError: The file cannot be read, or a line is damaged.
    """
    with readable(f"{path}: a loss"):
        return tuple(
            loss_of(line.light["loss"])
            for line in read_journal(path)
            if line.event == DONE and not line.cut_short and "failure" not in line.light
        )


def _parsed(text: bytes, place: int) -> Line:
    """Check what every reader relies on.

    Raises:
        ValueError: It is no line of a journal.
    """
    if not text.endswith(b"\n"):
        raise ValueError(f"it is longer than {LARGEST_LINE:,} bytes")
    line = _without_network(text)
    if not isinstance(line, dict) or line.get("event") not in (ASKED, DONE, STAGE, ITEM):
        raise ValueError("expected an object whose `event` is asked, done, stage or item")
    event, number = line["event"], line.get("number", -1)
    at: Any = line.get("at")
    least = 0 if event in (ASKED, DONE) else -1
    if type(number) is not int or not least <= number <= MOST:
        raise ValueError(f"`number` cannot be {brief(number)}")
    if type(at) not in (int, float) or not 0 <= at <= MOST:
        raise ValueError(f"`at` cannot be {brief(at)}")
    if event in (STAGE, ITEM) and not isinstance(line.get("stage"), str):
        raise ValueError(f"`stage` cannot be {brief(line.get('stage'))}")
    if event == ITEM and not (
        isinstance(line.get("key"), str) and isinstance(line.get("result"), dict)
    ):
        raise ValueError("an item must have a `key` and a `result`")
    return Line(event, number, float(at), line, text, place)


def _without_network(text: bytes) -> Any:
    """Read a line; of an `asked` line without the genome, which is most of it."""
    before, found, network = _parted(text)
    at = network.rfind(_AT)
    if found and at >= 0:
        try:
            return json.loads(before + network[at:])
        except ValueError:
            pass  # somebody else wrote it, or it is damaged: the whole of it will tell
    return json.loads(text)


def _parted(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what stands before a line's genome, how that begins, and the rest; "" without one."""
    for begin in _BEGINS:
        before, found, rest = text.partition(begin)
        if found:
            return before, found, rest
    return text, b"", b""


def encode_weights(weights: NDArray[np.float32]) -> str:
    """Return weights as base64 of little-endian float32."""
    return base64.b64encode(np.asarray(weights, "<f4").tobytes()).decode("ascii")


def decode_weights(text: str) -> NDArray[np.float32]:
    """Read what `encode_weights` wrote: `(n_all_weights,)`."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)


def _encode(array: NDArray[Any]) -> dict[str, Any]:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    data = base64.b64encode(little.tobytes()).decode("ascii")
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}


def _decode(saved: Mapping[str, Any]) -> NDArray[Any]:
    if saved["dtype"] not in ("float32", "float64", "int64"):
        raise ValueError(f"an array of {brief(saved['dtype'])}")
    kind = np.dtype(saved["dtype"]).newbyteorder("<")
    flat = np.frombuffer(base64.b64decode(saved["data"], validate=True), kind)
    return flat.astype(saved["dtype"]).reshape(saved["shape"])
