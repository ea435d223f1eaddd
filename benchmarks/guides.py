"""Whether pheromone earns its place: each guide of the race of taps against even draws.

    python benchmarks/guides.py OUT.csv [--candidates 5000] [--seeds 3] [--updates 300] [NAMES...]

On three series of the league (or those that are named), every guide proposes networks in the same
space, each trained alike for so many updates from weights of its own; the race's longer rungs,
screening and pruning are off, and so are the openers, that nothing else is compared. `inherit` is
the guide "elite" whose children start from their parents' trained weights. The lowest validation
loss is read after 200, 1,000 and 5,000 candidates of one run. Lines that OUT.csv holds are not
computed again. CELLCOLONY_DATA names the data. One thread.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from development import judge_of
from league_task import league_task
from measured import add_row, rows_of

from cellcolony.contract import Problem
from cellcolony.judges.training.networks import fitted_to
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.taps import TapRace, Taps
from cellcolony.search.taps.view import linear_view
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

GUIDES = ("uniform", "mmas", "acs", "rank_ants", "elite", "inherit")
READ_AT = (200, 1_000, 5_000)
NAMES = ("delays", "regime", "etth1")
ALONE = Taps(
    screening=0.0, pruning=0.0, teaching=0.0, efforts=(1,), shares=(1.0,), most_width=24,
    inherit=False, again=0.0, cells=("simple", "gru", "mgu"),
)  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("out", type=Path)
    arguments.add_argument("names", nargs="*", default=NAMES)
    arguments.add_argument("--candidates", type=int, default=READ_AT[-1])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--updates", type=int, default=300)
    asked = arguments.parse_intermixed_args()
    asked.out = asked.out.resolve()
    done = {(row["series"], row["guide"], int(row["seed"])) for row in rows_of(asked.out)}
    for seed in range(asked.seeds):
        for name in asked.names:
            task = league_task(name)
            for guide in GUIDES:
                if (name, guide, seed) not in done:
                    found, seconds = _run(task, guide, seed, asked.candidates, asked.updates)
                    _add(asked.out, name, guide, seed, found, seconds)


def _run(
    task: Forecast, guide: str, seed: int, n_candidates: int, updates: int
) -> tuple[dict[int, float], float]:
    """Return the lowest validation loss after each number of candidates, and the seconds."""
    settings = replace(
        ALONE, guide="elite" if guide == "inherit" else guide, inherit=guide == "inherit"
    )
    training = fitted_to(Protocol(updates=updates), task)
    train, valid = (task.series(split, training.residual) for split in ("train", "valid"))
    judge = judge_of(train, valid, training)
    view = linear_view(task, training.residual)
    problem = Problem(task.columns.inputs, task.columns.targets, "linear", view)
    race = TapRace.start(settings, problem, rng_for(seed, -1, "start"))
    race.deck.clear()
    warm_up((*settings.cells, "linear"))
    began, best, found = time.perf_counter(), float("inf"), {}
    for number in range(n_candidates):
        candidate = race.ask(number, rng_for(seed, number, "ask"))
        evaluation = judge(candidate)
        race.tell(number, evaluation)
        best = min(best, evaluation.loss)
        if number + 1 in READ_AT:
            found[number + 1] = best
    return found, time.perf_counter() - began


def _add(
    out: Path, name: str, guide: str, seed: int, found: dict[int, float], seconds: float
) -> None:
    losses = [f"{found[n]:.6f}" if n in found else "" for n in READ_AT]
    header = "series", "guide", "seed", *map(str, READ_AT), "seconds"
    add_row(out, header, (name, guide, seed, *losses, f"{seconds:.1f}"))


if __name__ == "__main__":
    main()
