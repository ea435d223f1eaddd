"""How many earlier rows a rival may read: a menu, from which validation chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks.periods import find_periods
from cellcolony.tasks.splits import HISTORY_ROWS

USUAL = (1, 4, 12, 24, 48)
LARGEST_SHARE = 10
"""A lag of more than a tenth of the rows is not tried: it costs rows to learn from and to score."""


@dataclass(frozen=True)
class LagMenu:
    """The numbers of lags that validation chooses from.

    Attributes:
        lags: Rising; k lags are the rows t, t - 1, ..., t - k + 1.
        periods: The periods of the targets, in rows, rising; each is one of the lags.
    """

    lags: tuple[int, ...] = tuple(lag for lag in USUAL if lag <= HISTORY_ROWS)
    periods: tuple[int, ...] = ()

    @property
    def history(self) -> int:
        """How many earlier rows a row needs to be scored: as many as the longest lag."""
        return self.lags[-1]

    @staticmethod
    def of(targets: Sequence[Sequence[NDArray[np.float64]]], shortest: int) -> LagMenu:
        """Return the menu of a task.

        Args:
            targets: The training rows of each target, `(rows,)` for each file.
            shortest: How many rows the shortest part of a file predicts that is trained on, or
                scored, with the rows before it.
        """
        longest = max(shortest // LARGEST_SHARE, HISTORY_ROWS)
        periods = {period for files in targets for period in find_periods(files, longest)}
        lags = {lag for lag in USUAL if lag <= longest} | periods
        return LagMenu(tuple(sorted(lags)), tuple(sorted(periods)))


SHORT_MENU = LagMenu()
"""What every task has rows enough for."""
