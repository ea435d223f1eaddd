"""What share of the league's test rows lies within prediction intervals, and how wide they are.

    python benchmarks/intervals.py RUNS

RUNS is what `cellcolony league` has written, and the data must be where they were. Of each series
the network of seed 0 is taken that a user would take: the ensemble, or the best network where no
other makes it better. First the designs are compared on validation alone: intervals from the first
half of its rows, asked of the second. Then the design of the program is tested.

The interval score (Gneiting & Raftery 2007, eq. 43) charges the width, and what lies outside by how
far; here it is that of a design over that of split conformal intervals that never change, as the
geometric mean over series and levels. A miss is how far a series' share is from the one asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp, log, sqrt
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from cellcolony.networks.genome import Network
from cellcolony.runs.conformal.adaptive import USUAL, WINDOW, Adaptation
from cellcolony.runs.conformal.coverage import LEVELS
from cellcolony.runs.conformal.testing import reach
from cellcolony.runs.league.folder import run_path
from cellcolony.runs.league.standing import read_standing
from cellcolony.runs.open import open_run
from cellcolony.runs.predictions import ScoredSeries
from cellcolony.tasks.forecast import Forecast

FIXED = Adaptation(rate=0.0, window=10**9, step=0.0)
DESIGNS = [
    Adaptation(rate, window, step)
    for rate in (0.0, 0.01, 0.02, 0.05)
    for window in (250, 1_000, WINDOW)
    for step in (0.0, 0.001, 0.005, 0.02)
]


class Forecasts(NamedTuple):
    """What the network of a series forecast on validation and on test."""

    task: str
    model: str
    horizon: int
    width: np.ndarray
    valid: tuple[ScoredSeries, ...]
    test: tuple[ScoredSeries, ...]


class Found(NamedTuple):
    """What intervals at one level came to on one series."""

    task: str
    level: float
    covered: float
    width: float
    score: float


def main() -> None:
    folder = Path(sys.argv[1])
    every = [_forecasts(folder, task) for task in read_standing(folder).by_task]
    halved = [_halved(one) for one in every]
    before = _found(halved, FIXED)
    print("On validation alone, its second half from its first")
    rows = [(_relative(found, before), _miss(found), design)
            for design in (FIXED, *DESIGNS) for found in [_found(halved, design)]]  # fmt: skip
    for score, miss, design in sorted(rows):
        print(f"    {score:.4f} miss {miss:.4f} {design}")
    print(f"\nOn test, with {USUAL}")
    _print(every, _found(every, USUAL))
    print("\nOn test, with split conformal intervals that never change")
    _print(every, _found(every, FIXED))


def _forecasts(folder: Path, task: str) -> Forecasts:
    result = open_run(run_path(folder, task, 0))
    data = Forecast.again(result.facts, {})
    assert data.fingerprint == result.facts.fingerprint, f"the data of {task} have changed"
    members = 1 if result.ensemble is None else len(result.ensemble.members)
    network = result.best if members == 1 else result.found("ensemble").network
    residual = result.config.training.residual
    transform = data.transform
    return Forecasts(
        task, f"ensemble of {members}" if members > 1 else f"network {result.chosen.number}",
        transform.horizon, transform.target_scaling.width,
        *(tuple(_scored(data, network, split, residual)) for split in ("valid", "test")),
    )  # fmt: skip


def _scored(data: Forecast, network: Network, split: str, residual: bool) -> Iterator[ScoredSeries]:
    predictions = data.predictions(network, split, residual)
    for truth, predicted, scored in zip(
        data.truth(split), predictions, data.scored(split), strict=True
    ):
        rows = np.flatnonzero(scored) + data.transform.horizon
        yield ScoredSeries("", rows, truth[scored], predicted[scored])


def _halved(one: Forecasts) -> Forecasts:
    """Return a series whose validation is the first half of it, and whose test is the second."""
    halves = [_cut(part, len(part.rows) // 2) for part in one.valid]
    first, second = zip(*halves, strict=True)
    return one._replace(valid=first, test=second)


def _cut(series: ScoredSeries, at: int) -> tuple[ScoredSeries, ScoredSeries]:
    first, second = (
        replace(series, rows=series.rows[part], truth=series.truth[part],
                predicted=series.predicted[part])
        for part in (slice(at), slice(at, None))
    )  # fmt: skip
    return first, second


def _found(every: Sequence[Forecasts], design: Adaptation) -> list[Found]:
    return [found for one in every for level in LEVELS for found in [_of(one, level, design)]]


def _of(one: Forecasts, level: float, design: Adaptation) -> Found:
    each = max(WINDOW // len(one.valid), 1)
    errors = np.concatenate([(part.truth - part.predicted)[-each:] for part in one.valid])
    calibration = (errors / one.width).astype(np.float32)
    half = np.concatenate(
        [
            reach(part, calibration, one.width, one.horizon, [level], design)[:, :, 0]
            for part in one.test
        ]
    )
    away = np.concatenate([np.abs(part.truth - part.predicted) for part in one.test])
    outside = np.maximum(away - half, 0)
    score = (2 * half + 2 / (1 - level) * outside).mean()
    return Found(one.task, level, float((away <= half).mean()), float(2 * half.mean()), score)


def _relative(found: Sequence[Found], before: Sequence[Found]) -> float:
    return exp(fmean(log(a.score / b.score) for a, b in zip(found, before, strict=True)))


def _miss(found: Sequence[Found]) -> float:
    return sqrt(fmean((one.covered - one.level) ** 2 for one in found))


def _print(every: Sequence[Forecasts], found: Sequence[Found]) -> None:
    print(f"| series | model | {' | '.join(f'{level:g}' for level in LEVELS)} | width at 0.9 |")
    print("|---|---|" + "---|" * (len(LEVELS) + 1))
    for one in every:
        own = {each.level: each for each in found if each.task == one.task}
        shares = " | ".join(f"{own[level].covered:.3f}" for level in LEVELS)
        print(f"| {one.task} | {one.model} | {shares} | {own[0.9].width:.4g} |")
    means = [fmean(one.covered for one in found if one.level == level) for level in LEVELS]
    print(f"| mean | | {' | '.join(f'{mean:.4f}' for mean in means)} | |")


if __name__ == "__main__":
    main()
