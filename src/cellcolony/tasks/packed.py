"""Open a table's file, packed or not."""

from __future__ import annotations

import errno
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from cellcolony.store.foreign import open_regular

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What a file raises that cannot be read, or not be unpacked."""
WORKBOOK = ("xl/workbook.xml", "content.xml")
"""In these a spreadsheet program keeps its cells."""


@contextmanager
def open_table(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading; what gzip or zip has packed is unpacked on the way.

    Raises:
        OSError: It is no regular file, cannot be opened, is a workbook, or holds not one file.
    """
    with ExitStack() as opened:
        file: IO[bytes] = opened.enter_context(open_regular(path))
        begins = file.read(4)
        file.seek(0)
        if begins.startswith(GZIP):
            file = cast("IO[bytes]", opened.enter_context(gzip.open(file)))
        elif begins == ZIP and path.suffix.lower() != ".parquet":
            file = opened.enter_context(_only_file(path, file, opened))
        yield file


def _only_file(path: Path, file: IO[bytes], opened: ExitStack) -> IO[bytes]:
    """Open the one file of a zip file, which is closed with what else was opened."""
    try:
        archive = opened.enter_context(zipfile.ZipFile(file))
    except zipfile.BadZipFile as error:
        raise OSError(errno.EINVAL, f"it is a damaged zip file: {error}", str(path)) from error
    names = [one.filename for one in archive.infolist() if not one.is_dir()]
    if any(name in WORKBOOK for name in names):
        what = "it is a workbook of a spreadsheet program: save its sheet as CSV there"
        raise OSError(errno.EINVAL, what, str(path))
    if len(names) != 1:
        what = f"it is a zip file with {len(names)} files, and may hold one: unpack it"
        raise OSError(errno.EINVAL, what, str(path))
    try:
        return archive.open(names[0])
    except RuntimeError as error:  # it is encrypted, or packed in a way that is not known
        what = f"it is a zip file that cannot be unpacked: {error}"
        raise OSError(errno.EINVAL, what, str(path)) from error
