"""How a network's errors grow with the steps beyond the last row, where predictions are fed back.

An interval so many steps ahead is made from the errors so many steps ahead of rows of validation,
in units of the recent error there, as in `conformal/adaptive.py`. The inputs that are no targets
are those that came, as if they had been known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.stepper import Stepper
from cellcolony.networks.train import predict
from cellcolony.runs.beyond import Feed, Walk, nearest_step
from cellcolony.runs.conformal.adaptive import BEGINNING, half_widths
from cellcolony.tasks.forecast import Forecast

MOST_STEPS = 24
"""Steps beyond the last row for which errors are kept."""
MOST_ORIGINS = 400
"""Rows beyond which a network goes on. With 50 a share missed what was asked by 0.061 at 0.8 and by
0.053 at 0.9 on validation of seven series, with so many by 0.043 and 0.028, at 0.6 to 0.9 s
of processor time (`benchmarks/intervals_beyond.py --valid`)."""
WARM_UP = 500
"""Rows that a network reads before the first of them: more than a training remembers."""
STEPS_SHARE, ORIGINS_SHARE = 5, 2
"""Of few rows of validation a fifth are steps at most, and every second one is gone on from."""

Floats = NDArray[np.float64]


def errors_beyond(task: Forecast, feed: Feed, split: str = "valid") -> NDArray[np.float32] | None:
    """Return the sizes of errors beyond rows of a split, `(origins, n_steps, n_targets)`.

    Args:
        task: The data.
        feed: A trained network of this task.
        split: Which split the rows are of.

    Returns:
        In units of the recent error; None where a forecast is no finite number, or the split is too
        short.
    """
    most = max((piece.stop - piece.start for piece in task.splits[split]), default=0)
    n_steps = min(MOST_STEPS, most // STEPS_SHARE)
    n_origins = min(MOST_ORIGINS, most // ORIGINS_SHARE)
    if n_steps < 1:
        return None
    found = list(_of_series(task, feed, split, n_steps, n_origins))
    sizes = np.concatenate(found) if found else np.zeros((0, 1, 1))
    sizes = sizes[~np.isnan(sizes).any((1, 2))].astype(np.float32)  # filled rows tell nothing
    return sizes if len(sizes) and np.isfinite(sizes).all() else None


def _of_series(
    task: Forecast, feed: Feed, split: str, n_steps: int, n_origins: int
) -> Iterator[Floats]:
    """Yield the sizes beyond the origins of each series, infinite where a network runs off."""
    transform, residual = task.transform, feed.residual
    series, bases = task.series(split, residual), task.base(split)
    each = max(n_origins // len(series), 1)
    nearest, width = nearest_step(transform), _widths(feed)
    for piece, one, base in zip(task.splits[split], series, bases, strict=True):
        recording = task.recordings[piece.recording]
        first = max(piece.start, nearest, task.lags.history)
        last = piece.stop - 1 - n_steps - transform.horizon
        if last < first:
            continue
        truth = recording.targets.copy()
        for i, name in enumerate(transform.targets):
            truth[recording.was_missing.get(name, np.zeros(len(truth), bool)), i] = np.nan
        values = transform.input_scaling.unscaled(one.inputs)
        recent = _recent(task, feed, piece.start, truth, one.inputs, base)
        found, reader, walker = [], Stepper(feed.network), Stepper(feed.network)
        read, outputs = max(first + 1 - WARM_UP, 0), np.zeros((0, len(transform.outputs)))
        for origin in np.unique(np.linspace(first, last, each).astype(int)).tolist():
            rows = slice(read, origin + 1)
            own_base = base[rows] if residual else None
            new = transform.unscale(reader.run(one.inputs[rows]), own_base)
            outputs, read = np.concatenate([outputs, new])[-nearest:], origin + 1
            walker.load(reader.state())
            beyond = slice(origin + 1, origin + 1 + n_steps)
            known = {name: values[beyond, i] for i, name in enumerate(transform.inputs)}
            future = Walk(feed, walker, outputs, known).steps(n_steps)
            with np.errstate(over="ignore", invalid="ignore"):
                away = np.abs(truth[beyond] - future) / _of_targets(width, feed)
                sizes = away / recent[origin - piece.start]
            sizes[~np.isfinite(future).all(1)] = np.inf
            found.append(sizes)
        yield np.stack(found)


def _recent(
    task: Forecast, feed: Feed, start: int, truth: Floats, inputs: NDArray[np.float32], base: Floats
) -> Floats:
    """Return the recent error of each target's nearest output, as it is known at rows from `start`.

    Those of rows that were trained on would say too little.
    """
    transform, nearest = task.transform, nearest_step(task.transform)
    outputs = predict(feed.network, np.ascontiguousarray(inputs))
    predicted = _of_targets(transform.unscale(outputs, base if feed.residual else None), feed)
    first, width = max(start - nearest, 0), _of_targets(_widths(feed), feed)
    rows = np.arange(first + nearest, nearest + len(predicted))
    errors = (truth[rows] - predicted[first:]) / width
    found = []
    for own in errors.T:
        beginning = own[np.isfinite(own)][:BEGINNING]
        found.append(half_widths(beginning, own, rows, nearest, ()).recent)
    return np.stack(found, 1)[start - first :]


def _widths(feed: Feed) -> Floats:
    return feed.transform.target_scaling.width


def _of_targets(values: Floats, feed: Feed) -> Floats:
    """Return what belongs to each target's nearest output, `(..., n_targets)`."""
    n_each = len(feed.transform.steps) // len(feed.transform.targets)
    return values[..., ::n_each]
