"""A paired test of two methods over seeds (Wilcoxon 1945, the signed-rank test)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FEWEST_PAIRS = 6
"""With fewer, even one method winning every time is no evidence at the level of 0.05."""


@dataclass(frozen=True)
class Paired:
    """What a paired test says.

    Attributes:
        n_pairs: How many pairs were compared.
        n_below: In how many of them the first of the two is below the second.
        p_value: How often chance alone would part the two methods so far or farther, in either
            direction; 1 where all pairs are equal.
    """

    n_pairs: int
    n_below: int
    p_value: float

    @property
    def smallest_p(self) -> float:
        """The least p-value that so many pairs can give: every pair on the same side."""
        return 2.0 ** (1 - self.n_pairs)

    @property
    def is_too_small(self) -> bool:
        """Whether no outcome could have been significant at the level of 0.05."""
        return self.n_pairs < FEWEST_PAIRS


def paired_test(one: Sequence[float], other: Sequence[float]) -> Paired:
    """Compare two methods by their errors on the same seeds.

    The p-value is exact, and two-sided. Pairs without a difference are left out of the ranks.

    Args:
        one: An error for each seed; that of a model that diverged is infinite or no number.
        other: The other method's, in the same order.

    Raises:
        ValueError: There are no pairs, or the two differ in number.
    """
    from scipy.stats import wilcoxon

    if not one or len(one) != len(other):
        raise ValueError(f"There must be as many errors of each. Got {len(one)} and {len(other)}.")
    ours, theirs = (np.nan_to_num(errors, nan=np.inf, posinf=np.inf) for errors in (one, other))
    with np.errstate(invalid="ignore"):  # two models that diverged are the same to this test
        difference = np.nan_to_num(ours - theirs, nan=0.0, posinf=np.inf, neginf=-np.inf)
    p_value = 1.0
    if difference.any():
        found: Any = wilcoxon(difference[difference != 0])
        p_value = float(found.pvalue)
    return Paired(len(difference), int((difference < 0).sum()), p_value)
