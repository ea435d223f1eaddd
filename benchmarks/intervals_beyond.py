"""What share of the values beyond a last row lies within `predict --steps N --interval`.

    python benchmarks/intervals_beyond.py RUNS [--quick] [--valid] [--origins N]

RUNS is a folder for the searches, one a series of the league; what it holds is not searched again.
Of each the network is taken that `predict` takes. Its file is cut after many rows of the test
split, spread evenly, and the public `Result.forecast` goes on from each, with the last 1,000 rows
before it: nothing of what follows a cut is known to it but the inputs that are no targets, as if
they had been planned. Forecasts are of one row ahead and fed back, so every step beyond the first
is made from predictions. The errors on validation are measured anew, as the program does now.

A share is counted over the cuts of a series; the mean over series, and the root of the mean squared
miss over series and steps, are what counts. With `--valid` the cuts lie in the second half of the
validation rows and intervals come from the first: on this alone the numbers of
`runs/errors_beyond.py` may be chosen, the origins by `--origins N`.
"""

from __future__ import annotations

import time
import tomllib
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from math import sqrt
from os import environ
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
import pandas as pd

from cellcolony.errors import TrainingRangeWarning
from cellcolony.runs import errors_beyond
from cellcolony.runs.beyond import Feed
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.studies import study_of
from cellcolony.search.taps import Taps
from cellcolony.tasks.forecast import Forecast

LEVELS, STEPS = (0.8, 0.9), (1, 4, 12)
SERIES = ("narma10", "mg30", "lorenz", "etth1", "bike", "pm25", "seattle")
"""The series that are forecast, by their names in the league: from the target alone,"""
KNOWN = {"narma10": ["u"], "bike": ["sin", "cos", "workingday", "weathersit", "temp", "hum"]}
"""and what is known beforehand."""
ROWS_BEFORE = 1_000
BUDGET, CUTS = "40s", 200
QUICK_BUDGET, QUICK_CUTS, QUICK_SERIES = "4s", 40, ("mg30", "bike")


class Covered(NamedTuple):
    """What one series came to.

    Attributes:
        series: Its name.
        n: From how many rows it went on.
        share: What share lay within, by level and steps beyond.
        width: How wide intervals of the highest level were in the mean, by steps beyond, in
            standard deviations of the training rows.
    """

    series: str
    n: int
    share: dict[tuple[float, int], float]
    width: dict[int, float]


def main() -> None:
    asked = ArgumentParser()
    asked.add_argument("runs", type=Path)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--valid", action="store_true")
    asked.add_argument("--origins", type=int, default=errors_beyond.MOST_ORIGINS)
    words = asked.parse_args()
    errors_beyond.MOST_ORIGINS = words.origins
    warnings.simplefilter("ignore", TrainingRangeWarning)  # test rows leave the range, as they may
    found, began = [], time.monotonic()
    for name in QUICK_SERIES if words.quick else SERIES:
        result = _searched(words.runs, name, QUICK_BUDGET if words.quick else BUDGET)
        n_cuts = QUICK_CUTS if words.quick else CUTS
        found.append(_covered(result, name, n_cuts, words.valid))
    _print(found)
    print(f"\n{time.monotonic() - began:.0f} s in all")


def _task(name: str) -> Forecast:
    folder = Path(environ["CELLCOLONY_DATA"]) / "series"
    one = tomllib.loads((folder / "league.toml").read_text())[name]
    inputs = [one["target"], *KNOWN.get(name, ())]
    return Forecast.from_csv(folder / one["files"], one["target"], inputs=inputs)


def _searched(runs: Path, name: str, budget: str) -> Result:
    if (runs / name / "result.toml").exists():
        return open_run(runs / name)
    study = study_of(_task(name), Taps(), training="modern", rivals=("persistence",))
    return study.run(budget, out=runs / name)


def _covered(result: Result, name: str, n_cuts: int, on_valid: bool) -> Covered:
    data = Forecast.again(result.facts, {})
    piece = data.splits["valid" if on_valid else "test"][0]
    recording = data.recordings[piece.recording]
    frame = pd.DataFrame(recording.values)
    first = (piece.start + piece.stop) // 2 if on_valid else piece.start
    _calibrate(result, data, first_half=on_valid)
    cuts = np.unique(np.linspace(first, piece.stop - 1 - max(STEPS), n_cuts).astype(int))
    target = result.transform.targets[0]
    within = {(level, step): [] for level in LEVELS for step in STEPS}
    width = {step: [] for step in STEPS}
    for cut in cuts.tolist():
        truth = frame[target].to_numpy()[cut + 1 : cut + 1 + max(STEPS)]
        for level, ends in _intervals(result, frame, target, cut, KNOWN.get(name, ())):
            for step in STEPS:
                low, high = ends[step - 1]
                within[level, step].append(low <= truth[step - 1] <= high)
                if level == max(LEVELS):
                    width[step].append(high - low)
    scale = float(result.transform.target_scaling.width[0])
    return Covered(
        name,
        len(cuts),
        {key: fmean(flags) for key, flags in within.items()},
        {step: fmean(some) / scale for step, some in width.items()},
    )


def _intervals(
    result: Result, frame: pd.DataFrame, target: str, cut: int, known: list[str] | tuple[()]
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield the ends of the intervals beyond a row, `(steps, 2)`, at each level."""
    n = max(STEPS)
    first = max(cut + 1 - ROWS_BEFORE, 0)
    rows = frame.iloc[first : cut + 1 + (n if known else 0)].copy()
    if known:
        rows.loc[rows.index > cut, target] = np.nan
    for level in LEVELS:
        lines = result.forecast(rows, n, known=known, interval=level)
        yield level, lines[[f"{target}_low", f"{target}_high"]].to_numpy()


def _calibrate(result: Result, data: Forecast, first_half: bool) -> None:
    """Let intervals come from validation as it is measured now, or from its first half."""
    piece, number = data.splits["valid"][0], str(result.chosen.number)
    own = result.calibrations[number]
    residuals = own.residuals
    if first_half:
        half = piece._replace(stop=(piece.start + piece.stop) // 2)
        data = replace(data, splits={**data.splits, "valid": (half,)})
        residuals = residuals[: len(residuals) // 2]
    feed = Feed(result.best, data.transform, result.config.training.residual)
    sizes = errors_beyond.errors_beyond(data, feed)
    vars(result)["calibrations"] = {number: replace(own, residuals=residuals, steps=sizes)}


def _print(found: list[Covered]) -> None:
    keys = [(level, step) for level in LEVELS for step in STEPS]
    widths = [f"width, {step}" for step in STEPS]
    heads = [f"{level:g}, {step}" for level, step in keys] + widths
    print(f"| series | rows gone on from | {' | '.join(heads)} |")
    print("|---|---|" + "---|" * len(heads))
    for one in found:
        cells = [f"{one.share[key]:.3f}" for key in keys]
        cells += [f"{one.width[step]:.3g}" for step in STEPS]
        print(f"| {one.series} | {one.n} | {' | '.join(cells)} |")
    means = " | ".join(f"{fmean(one.share[key] for one in found):.3f}" for key in keys)
    print(f"| mean | | {means} |{' |' * len(STEPS)}")
    for level in LEVELS:
        missed = [one.share[level, step] - level for one in found for step in STEPS]
        print(f"\nAt {level:g} a share misses by {sqrt(fmean(miss**2 for miss in missed)):.4f}")


if __name__ == "__main__":
    main()
