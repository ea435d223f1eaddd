"""Open a table's file, packed or not."""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from cellcolony.store.foreign import open_regular
from cellcolony.tasks.workbook import first_sheet, is_workbook

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What a file raises that cannot be read, or not be unpacked."""


@contextmanager
def open_table(path: Path, decimal: str = ".") -> Iterator[IO[bytes]]:
    """Open a file for reading; what gzip or zip has packed is unpacked on the way.

    Args:
        path: The file; of a workbook the first sheet is read, as `first_sheet` writes it.
        decimal: The decimal mark in which the numbers of a sheet are written.

    Raises:
        OSError: It is no regular file, cannot be opened, is damaged, or holds not one file.
        ImportError: It is a workbook, and what reads workbooks is missing.
    """
    with ExitStack() as opened:
        file: IO[bytes] = opened.enter_context(open_regular(path))
        begins = file.read(4)
        file.seek(0)
        if begins.startswith(GZIP):
            file = cast("IO[bytes]", opened.enter_context(gzip.open(file)))
        elif begins == ZIP and is_workbook(path):
            file = io.BytesIO(first_sheet(path, decimal))
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
    if len(names) != 1:
        what = f"it is a zip file with {len(names)} files, and may hold one: unpack it"
        raise OSError(errno.EINVAL, what, str(path))
    try:
        return archive.open(names[0])
    except RuntimeError as error:  # it is encrypted, or packed in a way that is not known
        what = f"it is a zip file that cannot be unpacked: {error}"
        raise OSError(errno.EINVAL, what, str(path)) from error
