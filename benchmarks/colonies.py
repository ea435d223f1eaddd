"""What many candidates in flight cost a colony, and what several colonies side by side make of it.

    python benchmarks/colonies.py [ways] [--in-flight 1 64 256] [--seeds 5] [--quick]

Trainings are real and short. K candidates in flight need no K workers: in strict order a search is
asked for candidate i when it was told what became of candidate i - K, which is what the window
says. Ways to spend the same number of networks:

one: one colony.
migrating: `--colonies 4`.
apart: `--colonies 4 --migrate-after 0`.
seeds: four searches of a quarter, one after the other, each with K in flight: `--seeds 4`.
parts: four searches of a quarter side by side, each with K / 4 in flight: `battery --part`.

Each line gives the mean over seeds, and behind it each seed. No network is trained a second time,
so that all losses compare. Needs CELLCOLONY_DATA, but for --quick, which searches on the data of
the demonstration.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from cellcolony import AntSwarm, Forecast
from cellcolony.networks.protocol import protocol
from cellcolony.runs.events import Event, Told
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study

WAYS = "one", "migrating", "apart", "seeds", "parts"
N_COLONIES = 4
EPOCHS = 3
FIGURES = "mean of the last third", "median of the last third", "best"


def losses_of(
    task: Forecast, ants: AntSwarm, n_networks: int, in_flight: int, seed: int
) -> np.ndarray:
    """Return the validation losses of a search, in the order in which networks were asked for."""
    found: dict[int, float] = {}

    def take_in(event: Event) -> None:
        if isinstance(event, Told):
            found[event.candidate.number] = event.evaluation.loss

    training = replace(protocol("modern"), epochs=EPOCHS)
    stages = (SearchStage(most_failed=1.0, window=in_flight),)
    study = Study.of(task, ants, training=training, stages=stages, seed=seed, order="strict")
    study.run(f"{n_networks} networks", workers=2, executor="threads", on_event=take_in)
    return np.array([found[number] for number in sorted(found)])


def searches(
    way: str, task: Forecast, ants: AntSwarm, n_networks: int, in_flight: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield the losses of each search of a way."""
    if way in ("seeds", "parts"):
        share = in_flight if way == "seeds" else max(in_flight // N_COLONIES, 1)
        for part in range(N_COLONIES):
            other = 1_000 * (part + 1) + seed
            yield losses_of(task, ants, n_networks // N_COLONIES, share, other)
        return
    if way != "one":
        ants = replace(ants, colonies=N_COLONIES)
    if way == "apart":
        ants = replace(ants, migrate_after=0)
    yield losses_of(task, ants, n_networks, in_flight, seed)


def figures_of(each: list[np.ndarray]) -> list[float]:
    """Return mean and median of the last third of each search, and the best of all."""
    late = np.concatenate([losses[-(len(losses) // 3) :] for losses in each])
    late = late[np.isfinite(late)]
    return [float(late.mean()), float(np.median(late)), min(float(one.min()) for one in each)]


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("ways", nargs="*", choices=[*WAYS, []])
    words.add_argument("--data", default="series/prepared/pm25.csv", help="within CELLCOLONY_DATA")
    words.add_argument("--target", default="pm2.5")
    words.add_argument("--in-flight", nargs="+", type=int, default=[1, 64, 256])
    words.add_argument("--networks", type=int, default=600)
    words.add_argument("--seeds", type=int, default=5)
    words.add_argument("--first-seed", type=int, default=1)
    words.add_argument("--migrate-after", type=int, default=AntSwarm().migrate_after)
    words.add_argument("--migration-share", type=float, default=AntSwarm().migration_share)
    words.add_argument("--quick", action="store_true")
    given = words.parse_args()
    ants = AntSwarm(
        second_training=0,
        migrate_after=given.migrate_after,
        migration_share=given.migration_share,
    )
    n_networks, in_flight, n_seeds = given.networks, given.in_flight, given.seeds
    if given.quick:
        task, n_networks, in_flight, n_seeds = Forecast.demo(), 16, [2], 1
        ants = replace(ants, n_layers=1, n_nodes_per_layer=3, migrate_after=2)
    else:
        path = Path(os.environ["CELLCOLONY_DATA"]) / given.data
        task = Forecast.from_csv(str(path), given.target)
    began = time.process_time()
    for k in in_flight:
        for way in given.ways or WAYS:
            found = np.array(
                [
                    figures_of(list(searches(way, task, ants, n_networks, k, seed)))
                    for seed in range(given.first_seed, given.first_seed + n_seeds)
                ]
            )  # (seed, figure)
            told = "; ".join(
                f"{name} {values.mean():.4f} ({' '.join(f'{value:.4f}' for value in values)})"
                for name, values in zip(FIGURES, found.T, strict=True)
            )
            print(f"{k} in flight, {way}: {told}", flush=True)
    print(f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
