"""Write files whole or not at all, and remove what stands at a path without following links."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.store import foreign
from cellcolony.store.writing import writing


def write_file(path: Path, content: str | bytes, within: Path | None = None) -> None:
    """Write a file so that a kill leaves the old one or the new one, never a part.

    A link of that name is replaced, never followed.

    Args:
        path: The file.
        content: What is to stand in it.
        within: The folder that the file's own must not lead out of by a link.

    Raises:
        RunError: It cannot be written.
    """
    part = path.with_name(path.name + ".part")
    with writing(path):
        if within is not None:
            foreign.refuse_leading_out(path.parent, within)
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(part, path)


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write a folder of files, whole or not at all.

    Args:
        folder: Nothing may stand there.
        files: By name.

    Raises:
        RunError: It cannot be written.
    """
    part = folder.with_name(folder.name + ".part")
    try:
        with writing(folder):
            remove(part)
            part.mkdir(parents=True)
        for name, content in files.items():
            write_file(part / name, content)
        with writing(folder):
            part.rename(folder)
    except RunError:
        remove(part)
        raise


def write_output(path: Path, content: str | bytes) -> None:
    """Write a file that a user names, whole or not at all; a device or a pipe as it stands.

    Args:
        path: The file. A link is followed: who named it means what it leads to.
        content: What is to stand in it.

    Raises:
        RunError: It cannot be written.
    """
    with writing(path):
        real = Path(os.path.realpath(path))
    if not real.exists() or real.is_file():
        write_file(real, content)
        return
    with writing(path), path.open("wb") as file:  # /dev/null must not become a file
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def remove(path: Path) -> None:
    """Remove what stands at a path, if anything does; a link, not where it leads."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
