"""Files that another process writes: opened without waiting, and read by whole lines."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

LONGEST_LINE = 64 << 20
"""Bytes. A network of 100,000 edges takes some 3 million."""

_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it; of a pipe, do not wait until somebody writes to it.

    Raises:
        OSError: It cannot be opened, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")


def whole_lines(file: BinaryIO, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield where a line begins, and the line; a last one without its newline is left out.

    What is appended meanwhile is left out too: a file that grows as fast as it is read would be
    read for ever.

    Args:
        file: May be moved between two lines.
        start: The byte at which the first line begins.

    Raises:
        ValueError: A line is too long to be one.
    """
    size = os.fstat(file.fileno()).st_size
    while start < size:
        line = line_at(file, start)
        if not line.endswith(b"\n"):
            return
        yield start, line
        start += len(line)


def line_at(file: BinaryIO, start: int) -> bytes:
    """Return the line that begins at a byte, or as much of it as there is.

    Raises:
        ValueError: It is too long to be one.
    """
    file.seek(start)
    line = file.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
        raise ValueError(f"it is longer than {LONGEST_LINE:,} bytes")
    return line
