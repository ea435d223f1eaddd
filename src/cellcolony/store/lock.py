"""One writer for a folder or a file: a lock that ends with its process, however that ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.store import foreign

LOCK = "lock"
"""An empty file that stays; only a process that holds it open locks it."""
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What a file system answers that knows no locks; there nobody is refused."""
FAR = (1 << 31) - 2
"""The byte that is locked on Windows, whose `_locking` knows 31 bits; it may lie behind the end."""


@contextmanager
def locked(run: Path, waits: bool = False) -> Iterator[None]:
    """Hold the lock of a run directory, or of another folder that several processes write.

    Args:
        run: The folder.
        waits: Whether to wait for another process that holds it.

    Raises:
        RunError: Another process holds it, or its file cannot be opened.
    """
    try:
        file = foreign.open_regular(run / LOCK, append=True, within=run)
    except OSError as error:
        raise RunError(f"{run}: the lock cannot be opened: {error.strerror}.") from error
    with file:
        hold(file.fileno(), run, waits)
        yield  # closing the file gives the lock back


def hold(file: int, what: Path, waits: bool = False) -> None:
    """Lock an open file until it is closed.

    Args:
        file: Its descriptor.
        what: What it stands for, in errors.
        waits: Whether to wait for another process that holds it.

    Raises:
        RunError: Another process holds it.
    """
    try:
        _lock(file, waits)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise RunError(
                f"{what} is being written by another process, which may still be searching. "
                "Wait for it to end, or end it."
            ) from error


def _lock(file: int, waits: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        # There a locked byte can be read by nobody else: one is locked that no file has.
        os.lseek(file, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_LOCK if waits else msvcrt.LK_NBLCK, 1)  # ten tries
        finally:
            os.lseek(file, 0, os.SEEK_END)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
