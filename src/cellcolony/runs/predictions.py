"""What the best network predicted on the test split, beside what came."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import brief
from cellcolony.store.reading import LARGEST_PREDICTIONS, read_text, readable
from cellcolony.store.spreadsheet import from_cell, to_cell

DIGITS = ".9g"
LARGEST = 1e300
"""What is drawn: its differences are finite."""


@dataclass(frozen=True, eq=False)
class ScoredSeries:
    """The scored rows of one test file.

    Attributes:
        file: The file's name.
        rows: `(n,) int64`: which rows of the file were forecast, counted from 0, rising; a row that
            is not scored is left out.
        truth: `(n, n_targets) float64`: what the targets are there, in own units.
        predicted: `(n, n_targets) float64`: what was forecast for them, `horizon` rows before.
        times: The time of each row as its file has it; empty where no column tells it.
        half: `(n, n_targets) float64`: how far intervals around `predicted` reach; None where no
            interval was asked for. It is not written.
    """

    file: str
    rows: NDArray[np.int64]
    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]
    times: tuple[str, ...] = ()
    half: NDArray[np.float64] | None = None


def predictions_csv(series: Iterable[ScoredSeries], targets: Sequence[str]) -> str:
    """Return predictions as CSV: file, row, the truth of each target, then each prediction.

    Behind the row stands its time, where every series has times.
    """
    series = tuple(series)
    has_times = bool(series) and all(one.times for one in series)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    place = ["file", "row", *["time"] * has_times]
    names = [*targets, *(f"{target}, predicted" for target in targets)]
    writer.writerow([*place, *map(to_cell, names)])
    for one in series:
        times = [[time] for time in one.times] if has_times else [[]] * len(one.rows)
        values = np.concatenate([one.truth, one.predicted], 1).tolist()
        writer.writerows(
            [to_cell(one.file), row, *time, *(format(value, DIGITS) for value in line)]
            for row, time, line in zip(one.rows.tolist(), times, values, strict=True)
        )
    return text.getvalue()


def read_predictions(path: Path) -> tuple[ScoredSeries, ...]:
    """Read what `predictions_csv` wrote.

    Raises:
        RunError: The file cannot be read, or a line is not a prediction.
    """
    lines = csv.reader(io.StringIO(read_text(path.parent, path, LARGEST_PREDICTIONS), newline=""))
    with readable(f"{path}: the predictions", csv.Error):
        n_columns = len(next(lines, ()))
        n_targets = (n_columns - 2) // 2
        if n_targets < 1:
            raise ValueError("its header names no target")
        return tuple(
            _series(from_cell(name), list(group), n_targets, n_columns % 2 == 1)
            for name, group in groupby(lines, lambda line: line[0] if line else "")
        )


def _series(file: str, lines: list[list[str]], n_targets: int, has_times: bool) -> ScoredSeries:
    first = 2 + has_times
    if any(len(line) != first + 2 * n_targets for line in lines):
        raise ValueError(f"expected {2 * n_targets} values a line")
    rows = np.array([int(line[1]) for line in lines], np.int64)
    if rows[0] < 0 or (np.diff(rows) <= 0).any():
        raise ValueError(f"the rows of {brief(file)} must count up")
    values = np.array([list(map(float, line[first:])) for line in lines])
    times = tuple(line[2] for line in lines) if has_times else ()
    truth, predicted = values[:, :n_targets], values[:, n_targets:]
    if (
        not (np.abs(truth) <= LARGEST).all()
        or (np.isfinite(predicted) & (np.abs(predicted) > LARGEST)).any()
    ):
        raise ValueError(f"a value of {brief(file)} is no number, or beyond {LARGEST:g}")
    return ScoredSeries(file, rows, truth, predicted, times)
