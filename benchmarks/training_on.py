"""What it does to networks to be trained on, on the validation rows too, once they are chosen.

    python benchmarks/training_on.py OUT.csv [--seeds 2] [--share 0.85] [--updates 300] [NAMES...]

Of each series the first 85 % alone are read, which leaves its test rows out, and are split like a
series of its own. Nine designs are trained for nine times 300 updates; validation chooses the
epoch. Each is then trained on for 300 or 900 updates, at a tenth of its learning rate: on the
training rows, or on these and the validation rows. Prints how much the error on the rows after them
differs: mean and median of the logarithm of the ratio over designs and seeds, and how many are
lower. Lines that OUT.csv holds are not computed again. CELLCOLONY_DATA names the data. One thread.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from held_back import asked_of, error_of
from league_task import league_task
from measured import add_row, rows_of
from weight_decay import EFFORT, designs

from cellcolony.contract import Candidate
from cellcolony.judges.training.networks import NetworkTraining, fitted_to
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer

SLOWER = 0.1
NONE = "not"
HEAD = ("series", "share", "seed", "design", "trained_on", "later_mae")


def main() -> None:
    asked = asked_of(argparse.ArgumentParser(), seeds=2)
    for name in asked.names:
        _measure(asked.out, name, asked.share, asked.seeds, asked.updates)
    _tell(rows_of(asked.out))


def _measure(out: Path, name: str, share: float, n_seeds: int, updates: int) -> None:
    done = {tuple(row[key] for key in HEAD[:4]) for row in rows_of(out)}
    task = league_task(name, share)
    train, valid, later = (task.series(split, True) for split in ("train", "valid", "test"))
    protocol = fitted_to(Protocol(updates=updates), task)
    judge = NetworkTraining(Trainer(train, valid, protocol), np.zeros(1, "u1"))
    judges = {
        f"{times * updates} updates, {what}": _once(rows, valid, times * updates)
        for times in (1, 3)
        for what, rows in (("training rows", train), ("validation rows too", (*train, *valid)))
    }
    for seed in range(n_seeds):
        for design, network, rate in designs(task, seed, protocol):
            key = name, str(share), str(seed), design
            if key in done:
                continue
            weights = judge(Candidate(0, network, effort=EFFORT, rate=rate)).weights
            assert weights is not None, "it diverged"
            chosen = network.with_weights(weights)
            found = {NONE: chosen}
            for what, again in judges.items():
                weights = again(Candidate(0, chosen, effort=1, rate=SLOWER * rate)).weights
                assert weights is not None, "it diverged"
                found[what] = chosen.with_weights(weights)
            for what, one in found.items():
                add_row(out, HEAD, (*key, what, f"{error_of(one, later):.6g}"))


def _once(rows: Sequence[Series], valid: Sequence[Series], updates: int) -> NetworkTraining:
    """Return what trains on rows for so many updates, about, and validates once, at the end.

    Where validation rows are among those it trains on, the last weights so are the best; else they
    are kept where they are better on validation.
    """
    once = Protocol(epochs=1)
    n_updates = Trainer(rows, valid, once).n_updates_an_epoch
    protocol = replace(once, passes=max(round(updates / n_updates), 1))
    return NetworkTraining(Trainer(rows, valid, protocol), np.zeros(1, "u1"))


def _tell(rows: list[dict[str, str]]) -> None:
    found = {
        (row["series"], row["trained_on"], (row["design"], row["seed"])): float(row["later_mae"])
        for row in rows
    }
    for what in dict.fromkeys(row["trained_on"] for row in rows):
        if what == NONE:
            continue
        told, every = [], []
        for name in dict.fromkeys(row["series"] for row in rows):
            ratios = [
                np.log(error / found[name, NONE, which])
                for (own, how, which), error in found.items()
                if (own, how) == (name, what)
            ]
            every += ratios
            told.append(f"{name} {100 * np.mean(ratios):+.1f} %")
        lower = sum(ratio < 0 for ratio in every)
        mean, median = 100 * np.mean(every), 100 * np.median(every)
        print(
            f"{what}: {mean:+.1f} %, median {median:+.1f} %, lower in {lower} of {len(every)}; "
            f"{', '.join(told)}"
        )


if __name__ == "__main__":
    main()
