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
from statistics import fmean, median

from development import Development, asked_of, error_of
from measured import add_row, rows_of

from cellcolony.networks.warm_up import warm_up
from cellcolony.search.taps import TapRace, Taps, UnguidedTaps
from cellcolony.seeds import rng_for

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
            rows = Development.of(name, asked)
            for search, settings in SEARCHES.items():
                if (name, search, seed, asked.share) not in done:
                    chosen, held, n = _run(rows, settings, seed, asked.seconds)
                    found = f"{chosen:.6g}", f"{held:.6g}", n
                    add_row(asked.out, HEADER, (name, search, seed, asked.share, *found))
    _tell(rows_of(asked.out))


def _run(rows: Development, settings: Taps, seed: int, seconds: float) -> tuple[float, float, int]:
    """Return the error of the best on validation, on the rows after it, and how many ran.

    Errors are mean absolute ones, in scaled units.
    """
    judge = rows.judge()
    warm_up((*settings.cells, "linear"))
    race = TapRace.start(settings, rows.problem, rng_for(seed, -1, "start"))
    began, best, chosen, number = time.process_time(), float("inf"), None, 0
    while time.process_time() - began < seconds:
        candidate = race.ask(number, rng_for(seed, number, "ask"))
        evaluation = judge(candidate)
        race.tell(number, evaluation)
        number += 1
        if evaluation.loss < best and evaluation.weights is not None:
            best, chosen = evaluation.loss, candidate.genome.with_weights(evaluation.weights)
    assert chosen is not None
    return error_of(chosen, rows.valid), error_of(chosen, rows.later), number


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
