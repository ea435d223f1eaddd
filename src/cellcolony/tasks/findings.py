"""Faults in the data, collected so that all of them are reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cellcolony.errors import DataError

MOST_ALIKE, SHOWN_ALIKE = 5, 3
"""So many findings of one kind are told each; of more, so many."""
OPTION = re.compile(r"--([a-z][a-z-]*[a-z])(?:[ =]('[^']*'|-?[^\s`'-][^\s`]*))?")
NUMBER = re.compile(r"-?[0-9.]+(?:e[+-]?[0-9]+)?")
VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|[\d.,]+")
LONGEST_SHOWN = 60
"""Characters of a name or a value that a message repeats."""


class Finding(NamedTuple):
    """One fault.

    Attributes:
        file: The file or frame it lies in; empty where it lies in all of them.
        what: What was found and what was expected, a clause without a subject.
        cure: What to do about it, a sentence.
        line: The line of the file, from 1, or the row of a frame, from 0; None for all of it.
        column: The column's name; None for all of them.
        unit: "line" for a file, "row" for a frame.
    """

    file: str
    what: str
    cure: str
    line: int | None = None
    column: str | None = None
    unit: str = "line"

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        if self.line is not None:
            place.append(f"{self.unit} {self.line}")
        if self.column is not None:
            place.append(f"column {shown(self.column)}")
        cure = in_python(self.cure) if self.unit == "row" else self.cure
        text = f"{', '.join(place)}: " * bool(place) + f"{self.what}. {cure}".rstrip()
        return text if self.file else text[0].upper() + text[1:]


def in_python(cure: str) -> str:
    """Return a cure in which options of the command line are arguments of Python."""

    def argument(option: re.Match[str]) -> str:
        name, value = option[1].replace("-", "_"), option[2]
        if value is None:
            return f"{name.removeprefix('no_')}=False" if name.startswith("no_") else name
        text = value.strip("'")
        return f"{name}={text if NUMBER.fullmatch(text) else repr(text)}"

    return OPTION.sub(argument, cure)


class Findings:
    """Collects faults while data are checked, and what a user should know although it is none.

    Attributes:
        remarks: Sentences for the first screen: what was left out or understood in a way that may
            not be meant.
    """

    def __init__(self) -> None:
        self._all: list[Finding] = []
        self.remarks: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, finding: Finding) -> None:
        """Take one fault in."""
        self._all.append(finding)

    def remark(self, file: str, what: str) -> None:
        """Take in what is no fault, but should be known.

        Args:
            file: The file or frame.
            what: A clause without a subject or a final stop.
        """
        self.remarks.append(f"{file}: {what}")

    def raise_if_any(self) -> None:
        """Report everything that was collected.

        Raises:
            DataError: There is at least one finding; they come sorted by file, line and column.
        """
        if self._all:
            ordered = sorted(
                set(self._all),
                key=lambda f: (natural_key(f.file), f.line or 0, f.column or "", f.what),
            )
            raise DataError(_told(ordered))


def _told(ordered: Iterable[Finding]) -> Iterator[str]:
    """Yield findings as sentences; of many of one kind three, and how many more there are."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in ordered:
        kinds.setdefault((VALUE.sub("", finding.what), VALUE.sub("", finding.cure)), []).append(
            finding
        )
    for alike in kinds.values():
        yield from map(str, alike if len(alike) <= MOST_ALIKE else alike[:SHOWN_ALIKE])
        if len(alike) > MOST_ALIKE:
            files = len({one.file for one in alike})
            columns = len({one.column for one in alike})
            where = f"in {files:,} files" if files > 1 else f"in {columns:,} columns"
            n_more = len(alike) - SHOWN_ALIKE
            yield f"... and {n_more:,} more findings of this kind, {where} in all."


def natural_key(text: str) -> list[str | int]:
    """Return a key that sorts `burner_2` before `burner_10`."""
    parts = re.split(r"([0-9]+)", text)
    return [int(part) if i % 2 else part for i, part in enumerate(parts)]


def shown(value: object) -> str:
    """Return a name or value as a message shows it: on one line, quoted if text, not too long."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 4]}...{text[-1]}"
