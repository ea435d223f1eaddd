"""What becomes of files that cannot be written, and of a run whose directory cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cellcolony.errors import RunError


class NotWrittenError(RunError):
    """A file could not be written; the text says which, and why."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name what could not be written.

    Raises:
        NotWrittenError: Something was not.
    """
    try:
        yield
    except OSError as error:
        file = error.filename2 or error.filename or path
        why = error.strerror or error
        raise NotWrittenError(f"{file}: it cannot be written: {why}.") from error
    except ValueError as error:
        if "\0" not in str(path):
            raise
        why = f"a path cannot hold a NUL. Got {str(path)!r}"
        raise NotWrittenError(f"It cannot be written: {why}.") from error


@contextmanager
def recording(run: Path) -> Iterator[None]:
    """Say how a run goes on whose directory cannot be written: the disk is full, for instance.

    Raises:
        RunError: Writing failed. Whole lines of the journal, and every other file, are as they
            were.
    """
    try:
        with writing(run):
            yield
    except NotWrittenError as error:
        raise RunError(
            f"{error} What stands in {run} is whole. Mend the cause, then go on with `cellcolony "
            "resume`."
        ) from error
