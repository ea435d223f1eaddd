"""What regression on the training rows says about taps: which lags matter, and from what linear
models a network may start.

Forward selection takes, one after the other, the tap that explains most of what the others leave
unexplained; validation says how many. A ridge on the last rows of all columns is the other start.
Products of two taps are then held against what the selected taps leave: a lag that matters only
together with another is found by no linear model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import LinearStart, LinearView, Tap
from cellcolony.networks.series import Series
from cellcolony.search.taps.weights import LIMIT
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import Lags, NormalEquations, normal_equations
from cellcolony.tasks.rivals.ridge import best_ridge

EVERY = 49
"""Lags that are looked at of every column, from 0 on."""
LONGEST = 97
"""Lags that are looked at of the targets' own columns at least, where there are so many."""
MOST_COLUMNS = 2_500
"""Taps: the products of so many take a second and 50 MB."""
MOST_STEPS = 60
"""Taps that forward selection takes at most."""
PATIENCE = 8
"""Taps in a row that improve nothing on validation end it."""
LEAST_GAIN = 0.001
"""By which share an error must be lower to count as an improvement."""
MOST_VISIBLE = 400
"""Taps whose share is kept."""
DEPENDENT = 1e-6
"""A tap of which others leave no more than this share is none of its own."""
RIDGE_COLUMNS = 600
"""Taps of a ridge that a network may start from."""
PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5)
MOST_PAIRS = 8
"""Products of two taps that are kept."""
PAIRED_ROWS = 6_000
"""Training rows on which products are looked at."""
PAIRED_TAPS = 1_600
"""Taps whose products are looked at: the first lags of each column, where there are more."""
NEIGHBOURS = 2
"""Lags of one column that lie no further apart tell about the same."""
BEYOND_CHANCE = 10.0
"""How far above the largest chance value of so many products a product must stand out."""

Floats = NDArray[np.float64]


def linear_view(task: Forecast, residual: bool) -> LinearView:
    """Look at the taps of a task, in one thread.

    Args:
        task: The data.
        residual: Whether the target is what it changes by, as the networks' outputs are.
    """
    from threadpoolctl import threadpool_limits

    train, valid = (task.series(split, residual) for split in ("train", "valid"))
    lags = _lags(task)
    with threadpool_limits(1):
        equations = normal_equations(train, lags)
        taps = lags.taps(len(task.columns.inputs))
        path, selected = _forward(equations, taps, valid)
        ridged = best_ridge(task, RIDGE_COLUMNS, PENALTIES, residual)
        pairs = _pairs(train, taps, selected)
    fitted = [one for one in (selected, ridged) if 0 < len(one.taps) <= RIDGE_COLUMNS]
    found = [(_error(valid, one), one) for one in fitted]
    nothing = LinearStart((), (), tuple(equations.level.tolist()))
    least = _error(valid, nothing)
    starts = [one for error, one in sorted(found, key=lambda pair: pair[0]) if error < least]
    n_lags = [0] * len(task.columns.inputs)
    for column, lag in (*taps, *(tap for one in fitted for tap in one.taps)):
        n_lags[column] = max(n_lags[column], lag + 1)
    return LinearView(
        tuple(n_lags),
        tuple(path),
        tuple(one for one in starts if np.abs(np.array(one.weights)).max() <= LIMIT),
        _visible(equations, taps),
        tuple((taps[a], taps[b]) for a, b in pairs),
    )


def _lags(task: Forecast) -> Lags:
    """Return what is looked at: fewer lags where there are many columns."""
    inputs = task.columns.inputs
    own = tuple(inputs.index(name) for name in task.columns.targets if name in inputs)
    every = max(min(EVERY, MOST_COLUMNS // len(inputs)), 1)
    shortest = min(len(one.inputs) for one in task.series("train", True))
    longest = min(max(LONGEST, task.lags.history + 1), max(shortest // 4, 1))
    every = min(every, longest)
    while longest > every and Lags(every, longest, own).n_columns(len(inputs)) > MOST_COLUMNS:
        longest = max(longest // 2, every)
    if not own:
        longest = every
    return Lags(every, longest, own)


def _forward(
    equations: NormalEquations, taps: Sequence[Tap], valid: Sequence[Series]
) -> tuple[list[Tap], LinearStart]:
    """Select taps by orthogonal least squares.

    Returns:
        The taps in their order, and the model of as many of them as validation finds best.

    Source:
        Chen, Billings & Luo, "Orthogonal least squares methods and their application to non-linear
        system identification" (1989).
    """
    upper = np.triu(equations.gram)
    gram = upper + np.triu(equations.gram, 1).T
    whole = gram.diagonal().copy()
    left, moment = whole.copy(), equations.moment.copy()
    chosen: list[int] = []
    basis: list[Floats] = []
    best = _solved(equations, gram, taps, [])
    lowest, since = _error(valid, best), 0
    for _ in range(min(MOST_STEPS, len(taps))):
        free = left > DEPENDENT * whole
        gain = np.where(free, (moment**2).sum(1) / np.maximum(left, 1e-12), 0.0)
        gain[chosen] = 0.0
        place = int(gain.argmax())
        if gain[place] <= 0:
            break
        new = gram[:, place].copy()
        for one in basis:
            new -= one * one[place]
        length = np.sqrt(left[place])
        new /= length
        moment = moment - np.outer(new, moment[place] / length)
        left = left - new**2
        basis.append(new)
        chosen.append(place)
        model = _solved(equations, gram, taps, chosen)
        error = _error(valid, model)
        if error < lowest * (1 - LEAST_GAIN):
            lowest, best, since = error, model, 0
        else:
            since += 1
        if since >= PATIENCE:
            break
    return [taps[place] for place in chosen], best


def _solved(
    equations: NormalEquations, gram: Floats, taps: Sequence[Tap], chosen: Sequence[int]
) -> LinearStart:
    """Return the least-squares model of some taps."""
    if not chosen:
        return LinearStart((), (), tuple(equations.level.tolist()))
    system = gram[np.ix_(chosen, chosen)]
    system = system + 1e-9 * np.diag(system.diagonal())
    weights = np.linalg.solve(system, equations.moment[list(chosen)])
    bias = equations.level - equations.centre[list(chosen)] @ weights
    return LinearStart(
        tuple(taps[place] for place in chosen),
        tuple(tuple(row) for row in weights.tolist()),
        tuple(bias.tolist()),
    )


def _error(series: Sequence[Series], model: LinearStart) -> float:
    """Return the mean absolute error on the counted rows, in scaled units."""
    total, n = 0.0, 0
    for inputs, targets, counts in series:
        rows = np.flatnonzero(counts)
        output = np.tile(np.array(model.bias), (len(rows), 1))
        for (column, lag), weights in zip(model.taps, model.weights, strict=True):
            before = rows - lag
            read = np.where(before >= 0, inputs[np.maximum(before, 0), column], 0.0)
            output += np.outer(read, weights)
        total += float(np.abs(output - targets[rows]).sum())
        n += targets[rows].size
    return total / max(n, 1)


def _pairs(
    series: Sequence[Series], taps: Sequence[Tap], model: LinearStart
) -> list[tuple[int, int]]:
    """Return the places of the pairs of taps whose products explain most of what a model leaves.

    A pair counts where its product's correlation is beyond what the largest of so many products
    would have by chance; of pairs that lie side by side the best alone is taken.
    """
    columns, left = _standardised(series, taps[:PAIRED_TAPS], model)
    n_rows, n_taps = columns.shape
    if n_rows < 100:
        return []
    squares = (columns**2).T @ (columns**2)
    product_sums = columns.T @ columns
    spread = np.maximum(squares - product_sums**2 / n_rows, 1e-6 * n_rows)
    explained = np.zeros((n_taps, n_taps))
    for output in left.T:
        shared = columns.T @ (columns * output[:, None])
        explained += shared.astype(np.float64) ** 2 / spread / max(float(output @ output), 1e-12)
    score = np.triu(explained) * n_rows
    least = 2 * np.log(n_taps * (n_taps + 1) / 2) + BEYOND_CHANCE
    found: list[tuple[int, int]] = []
    while len(found) < MOST_PAIRS:
        a, b = divmod(int(score.argmax()), n_taps)
        if score[a, b] <= least:
            break
        found.append((a, b))
        near = [_near(taps[:n_taps], place) for place in (a, b)]
        score[np.ix_(*near)] = score[np.ix_(*near[::-1])] = 0.0
    return found


def _near(taps: Sequence[Tap], place: int) -> list[int]:
    column, lag = taps[place]
    return [
        i for i, (other, its) in enumerate(taps) if other == column and abs(its - lag) <= NEIGHBOURS
    ]


def _standardised(
    series: Sequence[Series], taps: Sequence[Tap], model: LinearStart
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the taps and what a model leaves, on training rows that have all lags.

    Shapes:
        `(rows, n_taps)`, of mean 0 and deviation 1, and `(rows, n_targets)` of mean 0.
    """
    longest = max(lag for _, lag in (*taps, *model.taps))
    read, left, n_rows = [], [], 0
    column, lag = np.array(taps, np.int64).T
    for inputs, targets, counts in series:
        rows = np.flatnonzero(counts)
        rows = rows[rows >= longest][: PAIRED_ROWS - n_rows]
        n_rows += len(rows)
        read.append(inputs[rows[:, None] - lag, column])
        output = np.tile(np.array(model.bias), (len(rows), 1))
        for (source, before), weights in zip(model.taps, model.weights, strict=True):
            output += np.outer(inputs[rows - before, source], weights)
        left.append(targets[rows] - output)
    columns = np.concatenate(read).astype(np.float32)
    columns -= columns.mean(0)
    columns /= np.maximum(columns.std(0), 1e-6)
    residual = np.concatenate(left).astype(np.float32)
    return columns, residual - residual.mean(0)


def _visible(equations: NormalEquations, taps: Sequence[Tap]) -> tuple[tuple[int, int, float], ...]:
    """Return the taps that alone explain most, with their shares of what all explain alone."""
    squares = (equations.moment**2).sum(1)
    explained = squares / np.maximum(equations.gram.diagonal(), 1e-12)
    explained[equations.gram.diagonal() <= 0] = 0.0
    total = explained.sum()
    if total <= 0:
        return ()
    first = np.argsort(-explained, kind="stable")[:MOST_VISIBLE]
    shares = (explained[first] / total).round(6)
    return tuple(
        (*taps[place], share)
        for place, share in zip(first.tolist(), shares.tolist(), strict=True)
        if share > 0
    )
