"""What searches find on the coal data in ten minutes, for as many seeds as are asked for.

    CELLCOLONY_DATA=... python benchmarks/coal_search.py runs/coal-search [--minutes 10]
        [--workers 2] [--seeds 5] [--methods colony random examm]

The methods take turns, seed by seed, so that whatever else the machine does falls on both. It
goes on where it was stopped: a finished run stands as one line in DIR/results.jsonl. What is
chosen is chosen on validation: for each limit on the number of weights the best network within.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from coal import Errors, burners, machine

from cellcolony import AntSwarm, Study
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Event
from cellcolony.search.examm import Examm
from cellcolony.search.random import RandomSearch
from cellcolony.tasks.forecast import Forecast

LIMITS = (200, 250, 10_000)
"""Networks of at most so many weights are chosen among."""
SEARCHES = {
    "colony": AntSwarm(),
    "random": RandomSearch(AntSwarm(n_ants=12)),
    "examm": Examm(),
}
"""Pheromone makes ants share paths: 16 of them leave networks of the size of 12 at random."""


def search(task: Forecast, folder: Path, options: argparse.Namespace) -> None:
    """Run the seeds that are missing, and print what all have found."""
    folder.mkdir(parents=True, exist_ok=True)
    results, errors = folder / "results.jsonl", Errors(task)
    done = (
        [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    )
    for seed, method in product(range(options.seeds), options.methods):
        if any(_run_of(one) == (method, seed, options.minutes) for one in done):
            continue
        entropies: list[float] = []
        study = Study.of(task, SEARCHES[method], training="modern", seed=seed)
        budget, note = Budget(seconds=60 * options.minutes), partial(_note_entropy, entropies)
        found = study.run(budget, workers=options.workers, on_event=note)
        line = {
            "method": method,
            "seed": seed,
            "minutes": options.minutes,
            "workers": options.workers,
            "n_networks": found.n_done,
            "entropy": entropies[-1:],
        }
        for limit in LIMITS:
            fitting = [one for one in found.front if one.network.n_weights <= limit]
            if not fitting:
                continue
            best = min(fitting, key=lambda one: one.loss)
            line[f"at most {limit}"] = {
                "number": best.number,
                "n_weights": best.network.n_weights,
                "epochs": best.epochs,
                **{s: errors.of(best.network, s) for s in ("train", "valid", "test")},
            }
        done.append(line)
        with results.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
    _print_medians([one for one in done if one["minutes"] == options.minutes])


def _run_of(line: dict) -> tuple[str, int, float]:
    return line["method"], line["seed"], line["minutes"]


def _note_entropy(entropies: list[float], event: Event) -> None:
    if isinstance(event, Asked) and "entropy" in event.candidate.how:
        entropies.append(event.candidate.how["entropy"])


def _print_medians(done: list[dict]) -> None:
    for method, limit in product(SEARCHES, LIMITS):
        key = f"at most {limit}"
        runs = [one[key] for one in done if one["method"] == method and key in one]
        if runs:
            middle = {k: float(np.median([run[k] for run in runs])) for k in runs[0]}
            print(
                f"{method}, at most {limit} weights, {len(runs)} seeds: median test MAE "
                f"{middle['test']:.5f} (worst {max(run['test'] for run in runs):.5f}), valid "
                f"{middle['valid']:.5f}, {middle['n_weights']:.0f} weights"
            )


def main() -> None:
    """Read the command line and search."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", choices=tuple(SEARCHES), default=tuple(SEARCHES))
    options = parser.parse_args()
    print(machine())
    search(burners("zscore", valid_files=False), options.folder, options)


if __name__ == "__main__":
    main()
