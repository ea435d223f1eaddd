"""What several draws of a network's first weights cost, side by side as lanes, and what they show.

    CELLCOLONY_DATA=... python benchmarks/draws.py [cost] [spread] [--quick]

cost: an epoch of `paper` on burners 0-9 from 8 draws against one, by turns; processor seconds of
    one thread, the least of some rounds.
spread: networks as the published colony lays them out before any learning, each from 8 draws, the
    published training of ten epochs: how the validation error varies with the first weights of one
    structure, and from structure to structure.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import coal
import numpy as np

from cellcolony import preset
from cellcolony.contract import Problem
from cellcolony.networks.draws import draws_of, train_draws
from cellcolony.networks.protocol import protocol
from cellcolony.networks.speed import networks
from cellcolony.networks.train import Trainer
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.ants import AntSearch
from cellcolony.seeds import rng_for

N_DRAWS = 8
PAPER = replace(protocol("paper"), draws=N_DRAWS)


def trainer_on(n_burners: int, epochs: int) -> tuple[Trainer, Problem]:
    """Return what trains on the first burners, and the problem."""
    task = coal.burners("minmax")
    train, valid = coal.whole_files(task, residual=False)
    problem = Problem(task.transform.inputs, task.transform.targets, PAPER.output_cell)
    return Trainer(train[:n_burners], valid, replace(PAPER, epochs=epochs)), problem


def cost(quick: bool) -> None:
    """Print what 8 draws cost against one."""
    trainer, _ = trainer_on(1 if quick else 10, 1)
    rounds = 1 if quick else 7
    print(f"| an epoch with validation | one draw | {N_DRAWS} draws | ratio |\n|---|---|---|---|")
    for name, network in networks().items():
        weights = draws_of(network, N_DRAWS, np.random.default_rng(0))
        least = np.full(2, np.inf)
        for _ in range(rounds):
            one = _seconds(lambda n=network: trainer.train(n))
            several = _seconds(lambda n=network, w=weights: train_draws(trainer, n, w))
            least = np.minimum(least, (one, several))
        one, several = 1000 * least
        print(f"| {name} | {one:.1f} ms | {several:.1f} ms | {several / one:.2f} |", flush=True)


def spread(quick: bool) -> None:
    """Print how much the first weights decide, against the structure."""
    n, epochs = (2, 1) if quick else (16, 10)
    trainer, problem = trainer_on(1 if quick else 10, epochs)
    search = AntSearch.start(preset("paper").ants, problem, rng_for(1, -1, "start"))
    losses = []
    for number in range(n):
        network = search.ask(number, rng_for(1, number, "ask")).genome
        weights = draws_of(network, N_DRAWS, rng_for(1, number, "draws"))
        losses.append([one.loss for one in train_draws(trainer, network, weights)])
    found = np.array(losses)
    within, between = found.std(axis=1, ddof=1), found.mean(axis=1).std(ddof=1)
    luck = np.sqrt((within**2).mean())
    own = np.sqrt(max(between**2 - luck**2 / N_DRAWS, 0))
    print(
        f"{n} structures, {N_DRAWS} draws each, {epochs} epochs: validation MAE {found.mean():.5f} "
        f"in the mean; deviation by the first weights {luck:.5f}, by the structure {own:.5f} "
        f"(that of the means, {between:.5f}, without the part that first weights have in it); the "
        f"best of {N_DRAWS} is {found.min(axis=1).mean():.5f} in the mean, the first "
        f"{found[:, 0].mean():.5f}"
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("parts", nargs="*", choices=["cost", "spread", []])
    words.add_argument("--quick", action="store_true")
    given = words.parse_args()
    warm_up(coal.ANT_CELLS, PAPER)
    for part in given.parts or ("cost", "spread"):
        {"cost": cost, "spread": spread}[part](given.quick)


if __name__ == "__main__":
    main()
