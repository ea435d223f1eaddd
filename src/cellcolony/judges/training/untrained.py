"""Score networks with weights as they are: forward passes alone, no training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony.contract import StopFlag
from cellcolony.networks.genome import Network
from cellcolony.networks.population import score_each, warm_up_population
from cellcolony.networks.series import Series


@dataclass(frozen=True, eq=False)
class WeightSets:
    """What is scored.

    Attributes:
        networks: The networks; one may stand there several times.
        weights: `(n_all_weights,)` for each.
        split: "train" or "valid".
    """

    networks: Sequence[Network]
    weights: Sequence[ArrayLike]
    split: str


class Untrained:
    """Scores networks with any weights on the training or the validation rows.

    A score is one pass from each series' first row with zero state, kept along the series. Many
    networks, and many sets of weights, are computed side by side.

    Args:
        train: The series of the training rows.
        valid: The series of the validation rows.
        stop: `(1,)`; while it is not 0, scores end with nothing.
    """

    def __init__(self, train: Sequence[Series], valid: Sequence[Series], stop: StopFlag) -> None:
        self._series = {"train": train, "valid": valid}
        self._stop = stop
        warm_up_population()

    def __call__(self, sets: WeightSets) -> NDArray[np.float64]:
        """Return the mean absolute error of each network, in scaled units.

        Returns:
            `(n_sets,)`: infinite where an error is not finite, or no input reaches an output; NaN
            where the stop flag ended it.

        Raises:
            GenomeError: A network does not fit the data, or its weights do not fit it.
        """
        series = self._series[sets.split]
        return score_each(sets.networks, series, weights=sets.weights, stop=self._stop)
