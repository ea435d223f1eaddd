"""By how much the study's own model is better than each rival, and whether chance makes as much.

The rows of one test split are one sample of the weather, the traffic, the plant: with other rows
the margin were another. A block bootstrap (Politis & Romano 1992, circular) draws the rows again in
blocks, so that errors that follow each other stay together; the block length is that of Politis &
White (2004, with the correction of 2009). The p-values of all margins of a study are corrected
together (Holm 1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from cellcolony.settings import Count, settings
from cellcolony.tasks.stretches import rows_each

LEVEL = 0.05
"""A margin is said to be one where chance makes as much less often."""
N_RESAMPLES = 4_000
FEWEST_BLOCKS = 8
"""The test split is cut into so many blocks or more: with fewer the interval says nothing."""

Floats = NDArray[np.float64]
Share = Annotated[float, Ge(0), Le(1)]


@settings
class Margin:
    """How the errors of the study's own model differ from those of another model.

    Attributes:
        model: The other model.
        target: The column that was forecast.
        difference: The own mean absolute error less the other's: below 0 the own model is better.
        low: The lower end of the interval around the difference, at 95 %.
        high: Its upper end.
        p_value: How often chance makes so large a difference, in either direction.
        p_corrected: The same for all margins of the study together.
        block: How many rows in a row were drawn together.
        own: The own model, where it is not the best network: the ensemble.
    """

    model: str
    target: str
    difference: float
    low: float
    high: float
    p_value: Share
    p_corrected: Share
    block: Count
    own: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether the difference is larger than what chance makes."""
        return self.p_corrected <= LEVEL


def margins(
    own: Floats, others: Mapping[str, Floats], targets: Sequence[str], n_rows: int,
    least_block: int, rng: np.random.Generator,
) -> tuple[Margin, ...]:  # fmt: skip
    """Return the margin to each other model on each target.

    A model with an error that is no finite number has no margin.

    Args:
        own: The sums of the own model's absolute errors, `(stretches, n_targets)`.
        others: Those of the other models, by name.
        targets: The columns that were forecast.
        n_rows: How many rows were scored in all.
        least_block: The fewest rows of a block: the horizon, or the period.
        rng: Draws the blocks.
    """
    found = []
    for model, sums in others.items():
        for i, target in enumerate(targets):
            difference = own[:, i] - sums[:, i]
            if np.isfinite(difference).all():
                found.append(_margin(model, target, difference, n_rows, least_block, rng))
    return corrected(found)


def corrected(found: Iterable[Margin]) -> tuple[Margin, ...]:
    """Return margins with their p-values corrected for how many there are in all."""
    given = tuple(found)
    p_values = holm(one.p_value for one in given)
    return tuple(replace(one, p_corrected=p) for one, p in zip(given, p_values, strict=True))


def _margin(
    model: str, target: str, sums: Floats, n_rows: int, least_block: int, rng: np.random.Generator
) -> Margin:
    n_each, n = rows_each(n_rows), len(sums)
    length = max(block_length(sums), -(-least_block // n_each))
    length = max(min(length, n // FEWEST_BLOCKS), 1)
    mean = sums.sum() / n_rows
    away = np.abs(resampled_means(sums, length, rng) * n / n_rows - mean)  # (N_RESAMPLES,)
    reach = float(np.quantile(away, 1 - LEVEL))
    p_value = (1 + int((away >= abs(mean)).sum())) / (1 + N_RESAMPLES)
    return Margin(
        model, target, float(mean), float(mean - reach), float(mean + reach), p_value, p_value,
        length * n_each,
    )  # fmt: skip


def resampled_means(values: Floats, length: int, rng: np.random.Generator) -> Floats:
    """Return the means of resamples in blocks, `(N_RESAMPLES,)`; the last is followed by the first.

    Args:
        values: In their order, `(n,)`.
        length: Of a block; the last block of a resample is cut.
        rng: Draws where blocks start.
    """
    n = len(values)
    ends = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:length]]))])
    n_whole, rest = divmod(n, length)
    starts = rng.integers(0, n, (N_RESAMPLES, n_whole + 1))
    totals = (ends[starts[:, :-1] + length] - ends[starts[:, :-1]]).sum(1)
    return (totals + ends[starts[:, -1] + rest] - ends[starts[:, -1]]) / n


def block_length(values: Floats) -> int:
    """Return the block length for the mean of a series (Politis & White 2004, section 3).

    Args:
        values: In their order, `(n,)`.
    """
    n = len(values)
    about = values - values.mean()
    if n < 3 or not about.any():
        return 1
    n_small = max(5, int(np.sqrt(np.log10(n))))
    longest = min(int(np.ceil(np.sqrt(n))) + n_small, n - 1)
    covariance = np.array([(about[: n - k] * about[k:]).sum() / n for k in range(longest + 1)])
    small = np.abs(covariance / covariance[0]) < 2 * np.sqrt(np.log10(n) / n)
    m = next(
        (k for k in range(longest) if small[k + 1 : k + 1 + n_small].all()),
        longest,
    )
    lags = np.arange(1, min(2 * max(m, 1), longest) + 1)
    share = lags / (2 * max(m, 1))
    weights = np.where(share <= 0.5, 1.0, 2 * (1 - share))  # a flat top
    spectrum = covariance[0] + 2 * (weights * covariance[lags]).sum()
    slope = 2 * (weights * lags * covariance[lags]).sum()
    if spectrum <= 0:
        return longest
    length = (1.5 * (slope / spectrum) ** 2 * n) ** (1 / 3)
    return max(1, min(int(np.ceil(length)), int(np.ceil(min(3 * np.sqrt(n), n / 3)))))


def holm(p_values: Iterable[float]) -> list[float]:
    """Return p-values corrected for how many they are (Holm 1979), in the same order."""
    given = list(p_values)
    found, highest = [0.0] * len(given), 0.0
    for rank, place in enumerate(sorted(range(len(given)), key=given.__getitem__)):
        highest = max(highest, min(1.0, (len(given) - rank) * given[place]))
        found[place] = highest
    return found
