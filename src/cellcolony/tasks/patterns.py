"""File names and patterns, expanded by us: the same files whether or not the shell did it first."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cellcolony.tasks.findings import Finding, Findings, natural_key

PathLike = str | os.PathLike[str]


def expand(
    patterns: PathLike | Iterable[PathLike], findings: Findings, *, is_one: bool = False
) -> tuple[Path, ...]:
    """Return the files that names and patterns stand for, in natural order.

    A name that exists is itself, even if it holds `[` or `*`. A pattern follows `glob`, `**` and
    `~` included. All files of one call are sorted together (`burner_2` before `burner_10`), so that
    a pattern in quotes and one that the shell expanded give the same order.

    Args:
        patterns: One or several names or patterns.
        findings: Takes in a pattern that matches nothing, a folder, a file that is named twice.
        is_one: Whether the files are one text, in the order in which they are named: each pattern
            is sorted by itself, and a folder stands for the files in it.
    """
    if isinstance(patterns, str | os.PathLike):
        patterns = [patterns]
    paths: list[str] = []
    for pattern in [os.fspath(pattern) for pattern in patterns]:
        full = os.path.expanduser(pattern)
        if is_one and os.path.isdir(full):
            inside = [os.path.join(full, name) for name in os.listdir(full) if name[0] != "."]
            files = sorted((path for path in inside if os.path.isfile(path)), key=natural_key)
            paths.extend(files)
            if not files:
                findings.add(Finding(pattern, "is a folder without a file", "Name a text."))
        elif os.path.isdir(full):
            findings.add(
                Finding(pattern, "is a folder", f"Name its files: {os.path.join(pattern, '*.csv')}")
            )
        elif os.path.exists(full):
            paths.append(full)
        elif matches := [p for p in glob.glob(full, recursive=True) if not os.path.isdir(p)]:
            paths.extend(sorted(matches, key=natural_key))
        else:
            findings.add(Finding(pattern, "matches no file", _folder_hint(full)))
    if not is_one:
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
