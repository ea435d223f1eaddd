"""Whether a search on series pays on rows that it never saw: series without their test rows.

    python benchmarks/held_back.py OUT.csv [--seconds 60] [--seed 0] [--seeds 2] [--share 0.85]
                                           [--updates 300] [NAMES...]

Of each series the first 85 % alone are read, which leaves its test rows out, and are split like a
series of its own: each race chooses its network by the validation rows of that, and is measured on
the rows after them. Compared are the search as it is, the search in which nobody is taught, that in
which none are united, the openers again and again with teaching, and the search off (openers
alone), each for so many processor seconds, on the eight series of the league that the program was
developed on. Prints how much the error of each differs from the search off: the median over series,
how often it is lower, and the same for the single pairs. Lines that OUT.csv holds, with the same
seed and share, are not computed again. CELLCOLONY_DATA names the data. One thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

import numpy as np
from league_task import league_task
from measured import add_row, rows_of

from cellcolony.contract import Problem
from cellcolony.judges.training.networks import NetworkTraining, fitted_to
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer, predict_each
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.taps import TapRace, Taps, UnguidedTaps
from cellcolony.search.taps.view import linear_view
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

NAMES = ("delays", "lagvar", "narma30", "regime", "lorenz", "etth1", "bike", "pm25")
OFF = "off"
SEARCHES = {
    "as it is": Taps(),
    "nobody teaches": Taps(teaching=0.0),
    "none are united": Taps(uniting=0.0),
    "openers, taught": Taps(guide="openers"),
    OFF: UnguidedTaps().raced,
}
HEADER = "series", "search", "seed", "share", "chosen_mae", "later_mae", "n"


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--seed", type=int, default=0)
    asked = asked_of(arguments, seeds=2)
    done = {
        (row["series"], row["search"], int(row["seed"]), float(row["share"]))
        for row in rows_of(asked.out)
    }
    for seed in range(asked.seed, asked.seed + asked.seeds):
        for name in asked.names:
            task = league_task(name, asked.share)
            for search, settings in SEARCHES.items():
                if (name, search, seed, asked.share) not in done:
                    chosen, held, n = _run(task, settings, seed, asked.seconds, asked.updates)
                    found = f"{chosen:.6g}", f"{held:.6g}", n
                    add_row(asked.out, HEADER, (name, search, seed, asked.share, *found))
    _tell(rows_of(asked.out))


def _run(
    task: Forecast, settings: Taps, seed: int, seconds: float, updates: int
) -> tuple[float, float, int]:
    """Return the error of the best on validation, on the rows after it, and how many ran.

    Errors are mean absolute ones, in scaled units.
    """
    first, second = task.series("valid", True), task.series("test", True)
    view, protocol = linear_view(task, True), fitted_to(Protocol(updates=updates), task)
    trainer = Trainer(task.series("train", True), first, protocol)
    judge = NetworkTraining(trainer, np.zeros(1, np.uint8))
    problem = Problem(task.columns.inputs, task.columns.targets, "linear", view)
    warm_up((*settings.cells, "linear"))
    race = TapRace.start(settings, problem, rng_for(seed, -1, "start"))
    began, best, chosen, number = time.process_time(), float("inf"), None, 0
    while time.process_time() - began < seconds:
        candidate = race.ask(number, rng_for(seed, number, "ask"))
        evaluation = judge(candidate)
        race.tell(number, evaluation)
        number += 1
        if evaluation.loss < best and evaluation.weights is not None:
            best, chosen = evaluation.loss, candidate.genome.with_weights(evaluation.weights)
    assert chosen is not None
    return error_of(chosen, first), error_of(chosen, second), number


def asked_of(arguments: argparse.ArgumentParser, seeds: int) -> argparse.Namespace:
    """Read a command line that names a table, series, seeds, the share of the rows and updates.

    Args:
        arguments: Takes what else the script knows.
        seeds: How many, unless the command line says it.
    """
    arguments.add_argument("out", type=Path)
    arguments.add_argument("names", nargs="*", default=NAMES)
    arguments.add_argument("--seeds", type=int, default=seeds)
    arguments.add_argument("--share", type=float, default=0.85)
    arguments.add_argument("--updates", type=int, default=300)
    asked = arguments.parse_intermixed_args()
    if not 0 < asked.share <= 0.85:
        arguments.error("--share must be in (0, 0.85]: the rest holds the test rows")
    asked.out = asked.out.resolve()  # a script goes to the folder of the data
    return asked


def error_of(network: Network, series: Sequence[Series]) -> float:
    """Return the mean absolute error on the counted rows of some series, in scaled units."""
    outputs = predict_each(network, [one.inputs for one in series])
    errors = [
        np.abs(found[one.counts] - one.targets[one.counts])
        for found, one in zip(outputs, series, strict=True)
    ]
    return float(np.concatenate(errors).mean())


def _tell(rows: list[dict[str, str]]) -> None:
    later = {
        (row["search"], row["series"], (row["seed"], row["share"])): float(row["later_mae"])
        for row in rows
    }
    for search in SEARCHES:
        pairs = {
            (name, which): error / later[OFF, name, which] - 1
            for (own, name, which), error in later.items()
            if own == search != OFF and (OFF, name, which) in later
        }
        if pairs:
            names = sorted({name for name, _ in pairs})
            each = [fmean(x for (own, _), x in pairs.items() if own == name) for name in names]
            print(
                f"{search}: {median(each):+.1%}, lower on {sum(x < 0 for x in each)} of "
                f"{len(each)} series; {sum(x < 0 for x in pairs.values())} of {len(pairs)} pairs, "
                f"{fmean(pairs.values()):+.1%} in the mean"
            )


if __name__ == "__main__":
    main()
