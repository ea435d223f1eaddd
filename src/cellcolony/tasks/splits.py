"""Train on one split, choose on validation, touch test once: which rows belong to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.tasks.findings import Finding, Findings

SPLITS = ("train", "valid", "test")
HELD_OUT_PERCENT = 15
"""How much of the end of each training file validates, or tests, where no file is given for it."""
HISTORY_ROWS = 12
"""A row is scored only with so many earlier rows in its series, or with more: see `LagMenu`."""


class Piece(NamedTuple):
    """The rows of one recording that belong to a split by their value as a target.

    Attributes:
        recording: The recording's position in the task.
        start: The first row of the piece.
        stop: The row after its last.
    """

    recording: int
    start: int
    stop: int

    def n_steps(self, horizon: int) -> int:
        """Return how many rows a pass takes: from the first to the last with a target here."""
        return max(self.stop - horizon, 0)

    def scored(
        self, horizon: int, history: int = HISTORY_ROWS, first: int | None = None
    ) -> NDArray[np.bool_]:
        """Say which steps of the pass are scored, `(n_steps,) bool`.

        Args:
            horizon: How far ahead a target lies, in rows.
            history: How many earlier rows a scored row has.
            first: How far ahead the first of several targets lies; None for one.
        """
        row = np.arange(self.n_steps(horizon))
        nearest = horizon if first is None else first
        return (row + nearest >= self.start) & (row >= history)


Splits = dict[str, tuple[Piece, ...]]


def check_split(split: str) -> None:
    """Check the name of a split.

    Raises:
        ConfigError: There is no such split.
    """
    if split not in SPLITS:
        raise ConfigError(f"There is no split {split!r}.{did_you_mean(split, SPLITS)}")


def cut(n_rows: Mapping[str, Sequence[int]], holds_out_test: bool = True) -> Splits:
    """Assign the rows of all recordings to the splits.

    Args:
        n_rows: The rows of each split's recordings, which are numbered through in the order of
            `SPLITS`. Where none validates, the end of each training recording does; where none
            tests, the end tests and what validates lies before it.
        holds_out_test: Whether the end tests where none tests but some validate; else nothing does.
    """
    pieces: dict[str, list[Piece]] = {split: [] for split in SPLITS}
    recording = 0
    missing = [split for split in ("test", "valid") if not n_rows[split]]
    if n_rows["valid"] and not holds_out_test:
        missing = []
    for stop in n_rows["train"]:
        held_out = stop * HELD_OUT_PERCENT // 100
        for split in missing:
            pieces[split].append(Piece(recording, stop - held_out, stop))
            stop -= held_out
        pieces["train"].append(Piece(recording, 0, stop))
        recording += 1
    for split in ("valid", "test"):
        for stop in n_rows[split]:
            pieces[split].append(Piece(recording, 0, stop))
            recording += 1
    return {split: tuple(pieces[split]) for split in SPLITS}


def check_enough_rows(
    splits: Splits, names: Sequence[str], horizon: int, findings: Findings,
    first: int | None = None,
) -> None:  # fmt: skip
    """Find the recordings that are too short to have a scored row in each of their pieces.

    Args:
        splits: Which rows belong to which split.
        names: The name of each recording.
        horizon: How far ahead a target lies, in rows.
        findings: Takes in each recording that is too short.
        first: How far ahead the first of several targets lies; None for one.
    """
    for recording, name in enumerate(names):
        own = [p for split in SPLITS for p in splits[split] if p.recording == recording]
        n_rows, n_parts = max(piece.stop for piece in own), len(own) - 1
        fewest = fewest_rows(horizon, n_parts, first)
        if n_rows < fewest:
            held_out = f", and the last {HELD_OUT_PERCENT * n_parts} % held out" if n_parts else ""
            cure = (
                f"Give at least {fewest}: {HISTORY_ROWS} of history, {horizon} for the horizon, "
                f"one to score{held_out}."
            )
            if len(names) > 1:
                cure += " Or leave such files out with `--skip-short`."
            findings.add(Finding(name, f"has too few rows, {n_rows}", cure))


def fewest_rows(horizon: int, n_parts: int, first: int | None = None) -> int:
    """Return how many rows suffice for a scored row in each piece of a recording.

    Args:
        horizon: How far ahead a target lies, in rows.
        n_parts: How many parts of it are held out for validation and test: 0, 1 or 2.
        first: How far ahead the first of several targets lies; None for one.
    """
    needed = HISTORY_ROWS + horizon + 1
    n_targets = 1 if first is None else horizon - first + 1
    if n_parts == 0:
        return needed

    def falls_short(rows: int) -> bool:
        held_out = rows * HELD_OUT_PERCENT // 100
        return held_out < n_targets or rows - n_parts * held_out < needed

    most = max(2 * needed, n_targets * 100 // HELD_OUT_PERCENT + 1)
    return 1 + max(rows for rows in range(most) if falls_short(rows))
