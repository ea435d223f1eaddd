"""Files and texts that somebody else may have made: bounded before anything is done with them.

A pipe is waited for without end, a device read without end, a link leads to any file of the
reader's, and values that are nested deeply enough overflow the stack of whoever walks through them.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, BinaryIO

MOST_NESTED = 50
"""Tables and lists within each other. The program writes some 10."""
LARGEST_WHOLE = 10**100
"""What is larger may be no float, or have more digits than Python writes."""
LARGEST_SETTINGS = 16 << 20
"""Bytes of a file of settings. A run's takes some 100 for each column and each file of the data."""
GROWTH = 1 << 16
"""Bytes by which a file may grow while it is read, without a part of it being missed."""

_DOTTED_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{MOST_NESTED}}}"""
)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: Path, *, append: bool = False, within: Path | None = None) -> BinaryIO:
    """Open a regular file, at once.

    Args:
        path: The file.
        append: Whether to write behind its end, at once; it is made where it is missing. Else it
            is read.
        within: The folder that it must not lead out of by a link.

    Raises:
        OSError: It cannot be opened, is something else than a regular file, or leads out of the
            folder; `strerror` says which.
    """
    if within is not None:
        refuse_leading_out(path, within)
    flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY if append else os.O_RDONLY
    try:
        descriptor = os.open(path, flags | _AT_ONCE, 0o666)
    except ValueError as error:  # a name that holds a NUL
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        number, what = errno.EINVAL, "it is a pipe, a device or a socket, and no regular file"
        if stat.S_ISDIR(mode):
            number, what = errno.EISDIR, "it is a folder"
        raise OSError(number, what, str(path))
    if append:
        return os.fdopen(descriptor, "ab", buffering=0)  # what failed must not be written later
    return os.fdopen(descriptor, "rb")


def refuse_leading_out(path: Path, within: Path) -> None:
    """Check that a path does not lead out of a folder by a link; the folder may be one itself.

    Raises:
        OSError: It does.
    """
    real = os.path.realpath(path)
    if not Path(real).is_relative_to(os.path.realpath(within)):
        what = f"it leads out of {within}, to {real}: put a copy there instead of the link"
        raise OSError(errno.ELOOP, what, str(path))


def read_regular(path: Path, most_bytes: int, within: Path | None = None) -> bytes:
    """Return what a regular file holds.

    Args:
        path: The file.
        most_bytes: The largest that it may be.
        within: The folder that it must not lead out of by a link.

    Raises:
        OSError: As for `open_regular`, or it is larger.
    """
    with open_regular(path, within=within) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            what = f"it has {size:,} bytes, and such a file may have {most_bytes:,} at most"
            raise OSError(errno.EFBIG, what, str(path))
        return file.read(min(size + GROWTH, most_bytes))  # so many bytes are allocated at once


def parse_json(text: bytes) -> Any:
    """Return the values of a JSON text.

    Raises:
        ValueError: It is no JSON, nested too deeply, or a whole number is too large.
    """
    try:
        values = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check(values)
    return values


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table of a TOML text.

    Raises:
        ValueError: It is no TOML, nested too deeply, or a whole number is too large.
    """
    # The parser's time grows with the square of a key's parts and more: 20,000 took 7 s.
    if _DOTTED_KEY.search(text):
        raise ValueError(_TOO_DEEP)
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check(values)
    return values


_TOO_DEEP = f"more than {MOST_NESTED} tables or lists lie within each other"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check(values: Any) -> None:
    level = [values]
    for _ in range(MOST_NESTED):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
                raise ValueError(f"a whole number has {value.bit_length():,} bits")
        if not inner:
            return
        level = inner
    raise ValueError(_TOO_DEEP)
