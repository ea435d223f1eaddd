"""How far predictions are from what trainings ended at, as shares of log perplexity."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from cellcolony.settings import Amount, Count, settings

Correlation: TypeAlias = Annotated[float, Ge(-1), Le(1)]


@settings
class Accuracy:
    """The errors of a predictor on some curves, in percent of the final log perplexity.

    Attributes:
        n: How many curves.
        mean: The mean absolute percentage error.
        median: The median one.
        p90: Nine of ten are not above it.
        rank: Spearman's correlation of predicted and real; None where all of one are equal.
    """

    n: Count
    mean: Amount
    median: Amount
    p90: Amount
    rank: Correlation | None = None


def accuracy(predicted: NDArray[np.float64], final: NDArray[np.float64]) -> Accuracy:
    """Return how far predictions are from final losses, both `(curves,)`."""
    from scipy.stats import rankdata

    errors = 100 * np.abs(predicted - final) / final
    rank = None
    if min(np.ptp(predicted), np.ptp(final)) > 0:
        rank = float(np.corrcoef(rankdata(predicted), rankdata(final))[0, 1].clip(-1, 1))
    median, p90 = np.quantile(errors, [0.5, 0.9])
    return Accuracy(len(final), float(errors.mean()), float(median), float(p90), rank)
