"""File names and patterns, expanded by us: the same files whether or not the shell did it first."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cellcolony.tasks.findings import Finding, Findings, natural_key

PathLike = str | os.PathLike[str]


def expand(patterns: PathLike | Iterable[PathLike], findings: Findings) -> tuple[Path, ...]:
    """Return the files that names and patterns stand for, in natural order.

    A name that exists is itself, even if it holds `[` or `*`. A pattern follows `glob`, `**` and
    `~` included. All files of one call are sorted together (`burner_2` before `burner_10`), so that
    a pattern in quotes and one that the shell expanded give the same order.

    Args:
        patterns: One or several names or patterns.
        findings: Takes in a pattern that matches nothing, a folder, a file that is named twice.
    """
    if isinstance(patterns, str | os.PathLike):
        patterns = [patterns]
    paths: list[str] = []
    for pattern in [os.fspath(pattern) for pattern in patterns]:
        full = os.path.expanduser(pattern)
        if os.path.isdir(full):
            findings.add(
                Finding(pattern, "is a folder", f"Name its files: {os.path.join(pattern, '*.csv')}")
            )
        elif os.path.exists(full):
            paths.append(full)
        elif matches := [p for p in glob.glob(full, recursive=True) if not os.path.isdir(p)]:
            paths.extend(matches)
        else:
            findings.add(Finding(pattern, "matches no file", _folder_hint(full)))
    paths.sort(key=natural_key)
    seen: set[str] = set()
    for path in paths:
        if (real := os.path.realpath(path)) in seen:
            findings.add(Finding(path, "is named twice", "Name it once."))
        seen.add(real)
    return tuple(map(Path, paths))


def check_disjoint(paths: Mapping[str, Iterable[Path]], findings: Findings) -> None:
    """Find the files that stand in two splits.

    Args:
        paths: The files of each split.
        findings: Takes in a file that stands in two.
    """
    owner: dict[str, str] = {}
    for split, files in paths.items():
        for path in files:
            first = owner.setdefault(os.path.realpath(path), split)
            if first != split:
                findings.add(
                    Finding(
                        str(path),
                        f"stands in two splits, {first} and {split}",
                        "A score on rows that were trained on says nothing: name it in one alone.",
                    )
                )


def _folder_hint(pattern: str) -> str:
    folder = os.path.dirname(pattern) or "."
    if glob.has_magic(folder) or os.path.isdir(folder):
        return f"Relative names start at {os.getcwd()}."
    return f"There is no folder {folder!r}; relative names start at {os.getcwd()}."
