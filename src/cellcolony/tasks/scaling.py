"""Scaling of columns, fitted on training rows alone, and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SCALES = ("minmax", "zscore", "unit", "none")
SMALLEST_SPAN = 1e-140
"""A column that varies less has a variance of 0 in float64."""

Blocks = Sequence[NDArray[np.float64]]
"""One column's training rows, `(rows,)` for each file."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """Takes columns to scaled units, (value - offset) / width, and back.

    Attributes:
        offset: `(columns,) float64`, in the columns' own units.
        width: `(columns,) float64`, positive, in the columns' own units.
    """

    offset: NDArray[np.float64]
    width: NDArray[np.float64]

    @staticmethod
    def of_lists(offset: Sequence[float], width: Sequence[float]) -> Scaling:
        """Return a scaling by its constants, one of each for every column."""
        return Scaling(np.asarray(offset, np.float64), np.asarray(width, np.float64))

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `(..., columns)` values in scaled units."""
        return (values - self.offset) / self.width

    def unscaled(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return `(..., columns)` scaled values in the columns' own units."""
        return values.astype(np.float64) * self.width + self.offset

    def of(self, positions: Sequence[int]) -> Scaling:
        """Return the scaling of some of the columns."""
        return Scaling(self.offset[list(positions)], self.width[list(positions)])


def fit_scaling(columns: Sequence[Blocks], scale: str) -> Scaling:
    """Fit a scaling.

    Args:
        columns: The training rows of each column, which is not constant over them.
        scale: "minmax" takes the smallest value to 0 and the largest to 1, "zscore" the mean to 0
            and the standard deviation (over all rows, not rows - 1) to 1, "none" leaves all as is.
            "unit" is "none" where every column lies in [0, 1] already, and "minmax" elsewhere.
    """
    if scale == "unit":
        scale = "none" if all(map(_is_in_unit, columns)) else "minmax"
    offset, width = np.zeros(len(columns)), np.ones(len(columns))
    for i, blocks in enumerate(columns):
        if scale == "minmax":
            offset[i], width[i] = min(map(np.min, blocks)), span(blocks)
        elif scale == "zscore":
            column = np.concatenate(blocks)
            offset[i], width[i] = column.mean(), column.std()
    return Scaling(offset, width)


def scaled_inputs(
    values: Mapping[str, NDArray[np.float64]], names: Sequence[str], scaling: Scaling
) -> NDArray[np.float32]:
    """Return columns side by side in scaled units, `(rows, names) float32`, row by row in memory.

    Args:
        values: Every column by name, in its own unit.
        names: Which columns, in the order of the scaling.
        scaling: Of these columns.
    """
    scaled = np.empty((len(values[names[0]]), len(names)), np.float32)
    with np.errstate(over="ignore"):  # new data may lie as far from those of the training
        for i, name in enumerate(names):
            scaled[:, i] = (values[name] - scaling.offset[i]) / scaling.width[i]
    scaled.flags.writeable = False
    return scaled


def _is_in_unit(blocks: Blocks) -> bool:
    return bool(min(map(np.min, blocks)) >= 0 and max(map(np.max, blocks)) <= 1)


def span(blocks: Blocks) -> float:
    """Return the difference of a column's largest and smallest training value."""
    return float(max(map(np.max, blocks)) - min(map(np.min, blocks)))


def is_constant(blocks: Blocks) -> bool:
    """Say whether a column is the same in every training row."""
    return span(blocks) < SMALLEST_SPAN
