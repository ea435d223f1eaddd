"""The questions that the race of taps is held to, answered from a league that has run.

    python benchmarks/league_musts.py RUNS

RUNS is what `cellcolony league` has written. Errors are test errors in the mean over the seeds; the
best rival is that of the lowest validation error of its run. A front's small network is the one of
at most 300 weights that validation finds best.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean, median

from cellcolony.runs.league.comparison import Comparison, compare
from cellcolony.runs.league.folder import run_path
from cellcolony.runs.league.models import OWN, OWN_ENSEMBLE
from cellcolony.runs.league.standing import BEST_RIVAL, BEST_SINGLE, Standing, read_standing
from cellcolony.runs.open import open_run

FIXED, OFF, RANDOM = "tuned fixed network", "search off", "random search"
SMALL = 300


def main() -> None:
    folder = Path(sys.argv[1])
    standing = read_standing(folder)
    print(f"{len(standing.by_task)} tasks, {len(standing.runs)} runs")
    for own, other in (
        (OWN_ENSEMBLE, BEST_RIVAL),
        (OWN, BEST_SINGLE),
        (OWN, FIXED),
        (OWN, OFF),
        (OWN_ENSEMBLE, f"ensemble of {OFF}"),
        (OWN, RANDOM),
        (OWN_ENSEMBLE, f"ensemble of {RANDOM}"),
    ):
        found = compare(standing, own, other)
        if found is not None:
            _say(found)
    _small(folder, standing)


def _say(found: Comparison) -> None:
    print(
        f"{found.one} against {found.other}: {found.n_won} of {len(found.pairs)}, surely "
        f"{found.n_surely_won} won {found.n_surely_lost} lost, median "
        f"{100 * found.median_relative:+.1f} %, worst {100 * found.worst.relative:+.1f} % "
        f"({found.worst.task})"
    )
    for pair in found.pairs:
        print(f"    {pair.task:10} {pair.own:.5g} {pair.other:.5g} {100 * pair.relative:+.1f} %")


def _small(folder: Path, standing: Standing) -> None:
    """Print the front's small networks beside tuned fixed networks of any size."""
    ratios = []
    for task, runs in standing.by_task.items():
        small, fixed = [], []
        for run in runs:
            result = open_run(run_path(folder, task, run.seed))
            fitting = [one for one in result.front if one.size <= SMALL]
            tuned = run.error(FIXED)
            if not fitting or tuned is None:
                continue
            number = fitting[-1].number
            tested = [
                one.value
                for one in result.scores
                if one.candidate == number and one.split == "test" and one.measure == "mae"
            ]
            small.append(fmean(value for value in tested if value is not None))
            fixed.append(tuned)
        if small:
            ratios.append(fmean(small) / fmean(fixed))
            more = 100 * ratios[-1] - 100
            print(f"    {task:10} {fmean(small):.5g} {fmean(fixed):.5g} {more:+.1f} %")
    if ratios:
        won = sum(ratio < 1 for ratio in ratios)
        print(
            f"at most {SMALL} weights against {FIXED}: {won} of {len(ratios)}, median "
            f"{100 * median(ratios) - 100:+.1f} %"
        )


if __name__ == "__main__":
    main()
