"""What becomes of a run whose directory cannot be written any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cellcolony.errors import RunError


@contextmanager
def writing(run: Path) -> Iterator[None]:
    """Name the run, the file and the reason where writing fails: the disk is full, for instance.

    Raises:
        RunError: Writing failed. Whole lines of the journal, and every other file, are as they
            were.
    """
    try:
        yield
    except OSError as error:
        file = error.filename2 or error.filename or run
        raise RunError(
            f"{run} cannot be written any more: {error.strerror or error} ({file}). What "
            "stands there is whole. Mend the cause, then go on with `cellcolony resume`."
        ) from error
