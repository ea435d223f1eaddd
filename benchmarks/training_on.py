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

import numpy as np
from development import Development, asked_of, error_of, judge_of
from measured import add_row, rows_of
from weight_decay import EFFORT, designs

from cellcolony.contract import Candidate
from cellcolony.judges.training.networks import NetworkTraining
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer

SLOWER = 0.1
NONE = "not"
HEAD = ("series", "share", "seed", "design", "trained_on", "later_mae")


def main() -> None:
    asked = asked_of(argparse.ArgumentParser(), seeds=2)
    for name in asked.names:
        _measure(name, asked)
    _tell(rows_of(asked.out))


def _measure(name: str, asked: argparse.Namespace) -> None:
    done = {tuple(row[key] for key in HEAD[:5]) for row in rows_of(asked.out)}
    rows = Development.of(name, asked)
    judge = rows.judge()
    judges = {
        f"{times * asked.updates} updates, {what}": _once(part, rows.valid, times * asked.updates)
        for times in (1, 3)
        for what, part in (
            ("training rows", rows.train),
            ("validation rows too", (*rows.train, *rows.valid)),
        )
    }
    for seed in range(asked.seeds):
        for design, network, rate in designs(rows, seed):
            key = name, str(asked.share), str(seed), design
            missing = [what for what in (NONE, *judges) if (*key, what) not in done]
            if not missing:
                continue
            chosen = _trained(judge, Candidate(0, network, effort=EFFORT, rate=rate))
            for what in missing:
                one = chosen
                if what != NONE:
                    one = _trained(judges[what], Candidate(0, chosen, rate=SLOWER * rate))
                add_row(asked.out, HEAD, (*key, what, f"{error_of(one, rows.later):.6g}"))


def _trained(judge: NetworkTraining, candidate: Candidate) -> Network:
    weights = judge(candidate).weights
    assert weights is not None, "it diverged"
    return candidate.genome.with_weights(weights)


def _once(rows: Sequence[Series], valid: Sequence[Series], updates: int) -> NetworkTraining:
    """Return what trains on rows for so many updates, about, and validates once, at the end.

    Where validation rows are among those it trains on, the last weights so are the best; else they
    are kept where they are better on validation.
    """
    once = Protocol(epochs=1)
    n_updates = Trainer(rows, valid, once).n_updates_an_epoch
    protocol = replace(once, passes=max(round(updates / n_updates), 1))
    return judge_of(rows, valid, protocol)


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
