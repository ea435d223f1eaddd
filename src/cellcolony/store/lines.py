"""A file of JSON lines that grows: each line is written as its event happens."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cellcolony.store import foreign
from cellcolony.store.lock import hold

BLOCK_BYTES = 1 << 16


class AppendedLines:
    """Appends lines, each at once; an OSError says that it cannot.

    The file itself is locked until it is closed: whoever deletes a lock file beside it makes no
    room for a second writer.

    Args:
        path: A new file, or what a kill has left: a last line that it cut short is cut off.

    Raises:
        RunError: Another process writes it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = foreign.open_regular(path, append=True, within=path.parent)
        try:
            hold(self._file.fileno(), path)
            self._file.truncate(end_of_whole_lines(path))
        except BaseException:
            self._file.close()
            raise
        self._file.seek(0, os.SEEK_END)

    def append(self, line: Mapping[str, Any]) -> None:
        """Write a line.

        Raises:
            OSError: It cannot be written, or the file was removed.
            TypeError: JSON cannot hold a value of it.
            ValueError: A number of it is not finite.
        """
        text = json.dumps(line, allow_nan=False, default=as_json).encode() + b"\n"
        while text:  # a disk that fills up may take a part, and refuses the rest
            text = text[self._file.write(text) :]
        self.check_in_place()

    def check_in_place(self) -> None:
        """Check that the file at its path is still the one that is written.

        Raises:
            OSError: It was removed or replaced, or its folder was.
        """
        there = os.stat(self._path)  # raises where nothing is
        if not os.path.samestat(there, os.fstat(self._file.fileno())):
            what = "another file has taken its place: was the folder replaced, or a copy put back?"
            raise OSError(errno.ESTALE, what, str(self._path))

    def flush_to_disk(self) -> int:
        """Let no line be lost even if the power fails; return where the next will begin."""
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


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


def as_json(value: Any) -> Any:
    """Return a number or an array of NumPy as JSON has it: the `default` of `json.dumps`."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"A journal cannot hold a {type(value).__name__}.")
