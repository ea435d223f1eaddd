"""A hash that says whether two tasks hold the same data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from cellcolony.tasks.recording import Recording
from cellcolony.tasks.splits import HISTORY_ROWS, SPLITS, Splits


def fingerprint(
    recordings: Sequence[Recording], splits: Splits, horizon: int, history: int = HISTORY_ROWS,
    first: int | None = None,
) -> str:  # fmt: skip
    """Return the SHA-256 of columns, values, splits and horizon; file names do not enter.

    Args:
        recordings: The files as numbers.
        splits: Which rows belong to which split.
        horizon: How far ahead a target lies, in rows.
        history: How many earlier rows a scored row has.
        first: How far ahead the first of several targets lies; None for one.

    Returns:
        64 hexadecimal digits, the same on every machine.
    """
    digest = hashlib.sha256()
    for recording in recordings:
        for name, column in recording.values.items():
            digest.update(column.astype("<f8").tobytes())
            if name in recording.was_missing:
                digest.update(np.packbits(recording.was_missing[name]).tobytes())
    columns = recordings[0].columns
    pieces = [[tuple(piece) for piece in splits[split]] for split in SPLITS]
    n_rows = [recording.n_rows for recording in recordings]
    about = (columns.inputs, columns.targets, n_rows, pieces, horizon)
    if history != HISTORY_ROWS:
        about = (*about, history)
    if first is not None:
        about = (*about, "first", first)
    digest.update(repr(about).encode())
    return digest.hexdigest()
