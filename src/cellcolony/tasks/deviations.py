"""By how much predictions miss the scored rows.

The deviations of several models are averaged as their predictions are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cellcolony.tasks.forecast import Forecast

MOST_VALUES = 200_000
"""A split with more scored values keeps none: a line of the journal would take over a megabyte."""


def deviations(
    task: Forecast, split: str, predictions: Sequence[NDArray[np.floating]]
) -> NDArray[np.float32]:
    """Return predictions less the truth, in scaled units.

    Args:
        task: The task.
        split: Which split was predicted.
        predictions: `(time, n_targets)` for each series, in own units; what is not scored may be
            NaN.

    Returns:
        `(scored rows, n_targets)`, the series one after the other.
    """
    pairs = zip(predictions, task.truth(split), task.scored(split), strict=True)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged model has inf or NaN
        missed = [(one[scored] - truth[scored]) for one, truth, scored in pairs]
        scaled = np.concatenate(missed) / task.transform.target_scaling.width
        return scaled.astype(np.float32)


def predictions(
    task: Forecast, split: str, missed: NDArray[np.floating]
) -> list[NDArray[np.float64]]:
    """Return the predictions of which `deviations` came; NaN where rows are not scored.

    Args:
        task: The task.
        split: Which split was predicted.
        missed: `(scored rows, n_targets)`.
    """
    found, begin, width = [], 0, task.transform.target_scaling.width
    for truth, scored in zip(task.truth(split), task.scored(split), strict=True):
        own = np.full(truth.shape, np.nan)
        end = begin + int(scored.sum())
        with np.errstate(over="ignore"):  # somebody else may have written them
            own[scored] = truth[scored] + missed[begin:end].astype(np.float64) * width
        found.append(own)
        begin = end
    return found


def _n_values(task: Forecast, split: str) -> int:
    """Return how many values of a split are scored: rows times targets."""
    return len(task.outputs) * sum(int(one.sum()) for one in task.scored(split))


def kept_deviations(
    task: Forecast, predicted: Mapping[str, Sequence[NDArray[np.floating]]]
) -> dict[str, NDArray[np.float32]]:
    """Return what a run keeps of a model's predictions, by split.

    A split with more than `MOST_VALUES` scored values is left out, and so is one on which the model
    has diverged.

    Args:
        task: The task.
        predicted: By split, the predictions: see `deviations`.
    """
    kept = {}
    for split, own in predicted.items():
        if 0 < _n_values(task, split) <= MOST_VALUES:
            missed = deviations(task, split, own)
            if np.isfinite(missed).all():
                kept[split] = missed
    return kept
