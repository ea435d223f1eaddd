"""The range of each input column on the training rows, and new data that leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks.scaling import Blocks

MARGIN = 0.05
"""By more than this share of its training range a value must lie outside to be told."""


class Departure(NamedTuple):
    """A column of new data that leaves its training range.

    Attributes:
        column: The column.
        n_rows: How many of its rows lie outside.
        farthest: The value that lies farthest outside.
        lowest, highest: The ends of the training range.
    """

    column: str
    n_rows: int
    farthest: float
    lowest: float
    highest: float

    @property
    def ranges(self) -> float:
        """How far outside the farthest value lies, in training ranges."""
        beyond = max(self.lowest - self.farthest, self.farthest - self.highest)
        width = self.highest - self.lowest
        return beyond / width if width > 0 else np.inf


@dataclass(frozen=True, eq=False)
class TrainingRange:
    """The least and the largest value of some columns on the training rows.

    Attributes:
        lowest: `(columns,) float64`, in the columns' own units.
        highest: `(columns,) float64`, no less.
    """

    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]

    @staticmethod
    def of(columns: Sequence[Blocks]) -> TrainingRange:
        """Return the range of columns by their training rows."""
        return TrainingRange(
            np.array([min(map(np.min, blocks)) for blocks in columns], np.float64),
            np.array([max(map(np.max, blocks)) for blocks in columns], np.float64),
        )

    def departures(
        self, values: Mapping[str, NDArray[np.float64]], names: Sequence[str]
    ) -> Iterator[Departure]:
        """Yield the columns that leave their range by more than `MARGIN` of it.

        Args:
            values: Each column by name, `(rows,)`, in its own unit.
            names: The columns, in the order of the range.
        """
        for name, lowest, highest in zip(
            names, self.lowest.tolist(), self.highest.tolist(), strict=True
        ):
            column = values[name]
            room = MARGIN * (highest - lowest)
            outside = column[(column < lowest - room) | (column > highest + room)]
            if outside.size:
                beyond = np.maximum(lowest - outside, outside - highest)
                farthest = float(outside[beyond.argmax()])
                yield Departure(name, outside.size, farthest, lowest, highest)
