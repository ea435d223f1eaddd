"""A file that another process writes, read by whole lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from cellcolony.store.reading import LARGEST_LINE


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
    line = file.readline(LARGEST_LINE)
    if len(line) == LARGEST_LINE and not line.endswith(b"\n"):
        raise ValueError(f"it is longer than {LARGEST_LINE:,} bytes")
    return line
