"""The questions that the race of taps is held to, answered from a league that has run.

    python benchmarks/league_musts.py RUNS [OFF]

RUNS is what `cellcolony league` has written; OFF a league on the same tasks and seeds that has the
search off, where RUNS has not: then without intervals. Errors are test errors in the mean over the
seeds; the best rival is that of the lowest validation error of its run. A front's small network is
the one of at most 300 weights that validation finds best. The best network that is no union is what
the single network would be if no union were chosen: a union is two networks or more side by side.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

from development import error_of

from cellcolony.networks.genome import Network
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.journal import ASKED, DONE, decode_weights, loss_of, read_journal
from cellcolony.runs.league.comparison import Comparison, compare
from cellcolony.runs.league.folder import run_path
from cellcolony.runs.league.standing import BEST_RIVAL, BEST_SINGLE, Standing, read_standing
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE
from cellcolony.runs.open import open_run

FIXED, OFF, RANDOM = "tuned fixed network", "search off", "random search"
SMALL = 300


def main() -> None:
    folder = Path(sys.argv[1])
    standing = read_standing(folder)
    if len(sys.argv) > 2:
        standing = _with_control(standing, read_standing(Path(sys.argv[2])))
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
    _no_unions(folder, standing)


def _with_control(standing: Standing, other: Standing) -> Standing:
    """Return a standing whose runs have the search off of those of another league."""
    controls = {
        (run.task, run.seed): {
            kind: model for kind in (OFF, f"ensemble of {OFF}") if (model := run.models.get(kind))
        }
        for run in other.runs
    }
    runs = [
        replace(run, models={**run.models, **controls[run.task, run.seed]}) for run in standing.runs
    ]
    return replace(standing, runs=tuple(runs))


def _say(found: Comparison) -> None:
    sure = f"surely {found.n_surely_won} won {found.n_surely_lost} lost"
    print(
        f"{found.one} against {found.other}: {found.n_won} of {len(found.pairs)}, "
        f"{sure if found.has_intervals else 'no intervals'}, median "
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


def _no_unions(folder: Path, standing: Standing) -> None:
    """Print the best network by validation that is no union beside others that the runs have."""
    ratios: dict[str, list[float]] = {FIXED: [], OFF: []}
    for task, runs in standing.by_task.items():
        config = open_run(run_path(folder, task, runs[0].seed)).config
        tests = config.task_class.again(config.facts, {}).series("test", True)
        alone, n_united = [], 0
        for run in runs:
            path = run_path(folder, task, run.seed)
            chosen, own = open_run(path).chosen, run.error(OWN)
            assert own is not None
            number, network = _best_alone(path / JOURNAL)
            n_united += number != chosen.number
            alone.append(own * error_of(network, tests) / error_of(chosen.network, tests))
        told = [f"    {task:10} {fmean(alone):.5g}, {n_united} of {len(runs)} chosen are unions"]
        for other, found in ratios.items():
            errors = [error for run in runs if (error := run.error(other)) is not None]
            if len(errors) == len(runs):
                found.append(fmean(alone) / fmean(errors))
                told.append(f"{other} {fmean(errors):.5g} {100 * found[-1] - 100:+.1f} %")
        print("; ".join(told))
    for other, found in ratios.items():
        if found:
            print(
                f"best network that is no union against {other}: {sum(one < 1 for one in found)} "
                f"of {len(found)}, median {100 * median(found) - 100:+.1f} %"
            )


def _best_alone(journal: Path) -> tuple[int, Network]:
    """Return the candidate of the lowest loss that is no union, with its weights."""
    unions, places, best = set(), {}, (math.inf, -1, -1)
    for line in read_journal(journal):
        if line.event == ASKED:
            places[line.number] = line.place
            if "united" in line.light["how"]:
                unions.add(line.number)
        elif line.event == DONE and line.number not in unions and "failure" not in line.light:
            best = min(best, (loss_of(line.light["loss"]), line.number, line.place))
    _, number, place = best
    asked, done = (next(read_journal(journal, at)) for at in (places[number], place))
    weights = decode_weights(done.light["weights"])
    return number, Network.from_dict(asked.values[Network.kind], weights)


if __name__ == "__main__":
    main()
