"""Read the files of a run directory, which somebody else may have made.

Nothing in them is executed, no link in the directory leads out of it, and nothing is read whole
that is larger than such a file can sensibly be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from cellcolony.errors import RunError
from cellcolony.store import foreign

Read = TypeVar("Read")
LARGEST_GENOME = 16 << 20
"""Bytes of `genome.json`: a network of 1,000 nodes and 100,000 edges takes 2 million."""
LARGEST_WEIGHTS = 16 << 20
"""Bytes of a champion's `weights.safetensors`: 4 million weights."""
LARGEST_SCORES = 64 << 20
"""Bytes of `scores.csv`: some 100 for each model, split and target."""
LARGEST_PREDICTIONS = 512 << 20
"""Bytes of `test_predictions.csv`: some 30 for each row and target."""
LARGEST_CHECKPOINT = 64 << 20
"""Bytes of `checkpoint.json`: the genomes of the front and of what is out, some 100."""
LARGEST_ARRAYS = 512 << 20
"""Bytes of a colony's or a checkpoint's arrays: 3 numbers for each of 10 million choices."""
LARGEST_LINE = 32 << 20
"""Bytes of a line of the journal: a genome, or a network's weights as text."""
LARGEST_HEADER = 16 << 20
"""Bytes of what a safetensors file says about its arrays: some 100 for each of them."""
DAMAGE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What reading values that cannot be may raise."""


def read(run: Path, path: Path, most_bytes: int) -> bytes:
    """Return what a file of a run directory holds.

    Raises:
        RunError: It cannot be opened, is no regular file, leads out of the directory, or is larger
            than `most_bytes`.
    """
    with readable(f"{path}: the file"):
        return foreign.read_regular(path, most_bytes, within=run)


def read_text(run: Path, path: Path, most_bytes: int) -> str:
    """Return the text in a file of a run directory.

    Raises:
        RunError: As for `read`, or it is no UTF-8.
    """
    content = read(run, path, most_bytes)
    with readable(f"{path}: the file"):
        return content.decode("utf-8")


def parse_tensors(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file by name.

    Raises:
        ValueError: It is none, or says too much about its arrays.
    """
    n_header = int.from_bytes(content[:8], "little")
    if n_header > LARGEST_HEADER:
        raise ValueError(f"its header has {n_header:,} bytes, and may have {LARGEST_HEADER:,}")
    try:
        return dict(load(content))
    except (SafetensorError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"it is no safetensors file: {error!r}") from error


@contextmanager
def readable(what: str, *more: type[Exception]) -> Iterator[None]:
    """Say what cannot be read: it is damaged, or no regular file.

    Args:
        what: "runs/a/scores.csv: the scores".
        *more: What else may be raised that says that it is damaged.

    Raises:
        RunError: It cannot be read.
    """
    try:
        yield
    except (OSError, *DAMAGE, *more) as error:
        reason = repr(error) if isinstance(error, KeyError) else str(error).removesuffix(".")
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        raise RunError(f"{what} cannot be read: {reason}.") from error


def settled(file: Path, read: Callable[[], Read]) -> Read:
    """Return what is read; once more where a search under way has replaced the file meanwhile."""
    while True:
        before = _version_of(file)
        try:
            found = read()
            if _version_of(file) == before:
                return found
        except RunError:
            if _version_of(file) == before:
                raise


def _version_of(file: Path) -> tuple[int, int, int] | None:
    """Return what changes when another file takes the place of this one."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
