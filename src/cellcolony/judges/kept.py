"""Files that a judge stands on: a run keeps a copy, and goes on with no others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cellcolony.errors import RunError


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of files, in the order of their names: 64 digits."""
    digest = hashlib.sha256()
    for _, content in sorted(files.items()):
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def checked(files: Mapping[str, bytes], digest: str, where: str, noun: str) -> dict[str, bytes]:
    """Return files, which are those that a study was begun with.

    Args:
        files: By name.
        digest: Theirs, or nothing before a study begins.
        where: Where they are from, for errors.
        noun: What they hold: "predictor".

    Raises:
        RunError: They are others.
    """
    if digest and digest_of(files) != digest:
        raise RunError(
            f"{where} holds another {noun} than the one that the study was begun with. Put that "
            f"one back: {' and '.join(files)}, whose SHA-256 is {digest[:16]}..."
        )
    return dict(files)
