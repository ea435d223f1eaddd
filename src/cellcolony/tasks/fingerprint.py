"""A hash that says whether two tasks hold the same data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from cellcolony.tasks.recording import Recording
from cellcolony.tasks.splits import SPLITS, Splits


def fingerprint(recordings: Sequence[Recording], splits: Splits, horizon: int) -> str:
    """Return the SHA-256 of columns, values, splits and horizon; file names do not enter.

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
    digest.update(repr((columns.inputs, columns.targets, n_rows, pieces, horizon)).encode())
    return digest.hexdigest()
