"""Read text files, and find what keeps them from being text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from cellcolony.store import foreign
from cellcolony.tasks.findings import Finding, Findings

LARGEST_TEXT = 4 << 30
"""Bytes of a file: some 700 million words, more than a run on one machine can read."""


def read_texts(paths: Iterable[Path], encoding: str, findings: Findings) -> str:
    """Return what stands in files, one after the other, in the form NFC of Unicode.

    Each begins on a new line; at the end of the last one nothing is added.

    Args:
        paths: The files.
        encoding: How they are written.
        findings: Takes in a file that cannot be read, is empty, binary or written otherwise.
    """
    parts: list[str] = []
    for path in paths:
        text = _read(path, encoding, findings)
        if parts and not parts[-1].endswith("\n"):
            parts.append("\n")
        if text:
            parts.append(text)
    return unicodedata.normalize("NFC", "".join(parts))


def _read(path: Path, encoding: str, findings: Findings) -> str:
    try:
        content = foreign.read_regular(path, LARGEST_TEXT)
    except OSError as error:
        findings.add(Finding(str(path), f"cannot be read: {error.strerror or error}", ""))
        return ""
    nul = content.find(b"\0")
    wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    if nul >= 0 and not wide:
        findings.add(
            Finding(
                str(path),
                f"is no text: byte {nul} is 0",
                "Give a plain text; for UTF-16 say --encoding utf-16.",
                line=content.count(b"\n", 0, nul) + 1,
            )
        )
        return ""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        findings.add(
            Finding(
                str(path),
                f"is not {encoding}: byte {error.start} is 0x{content[error.start]:02x} "
                f"({error.reason})",
                "Say how it is written, for instance --encoding latin-1.",
                line=content.count(b"\n", 0, error.start) + 1,
            )
        )
        return ""
    except UnicodeError as error:  # what punycode and the like raise
        findings.add(
            Finding(
                str(path),
                f"is not {encoding}: {error}",
                "Say how it is written, for instance --encoding latin-1.",
            )
        )
        return ""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        findings.add(Finding(str(path), "holds no text", "Give a file that has words in it."))
    return text
