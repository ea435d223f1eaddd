"""What a longer training gains on rows that did not choose, by what it gains on validation.

    python benchmarks/small_gains.py OUT.csv [--seeds 2] [--share 0.85] [--updates 300] [NAMES...]

Of each series the first 85 % alone are read, which leaves its test rows out, and are split like a
series of its own. Nine designs are trained as a race trains its best: for 300 updates, then three,
nine and 27 times as many, each time from the weights of the lowest validation loss so far, however
little lower it is. Prints, by how much a training lowers the error on validation, by how much it
lowers that on the rows after it; how often a training gains 1 % where the one before did not; and
what it would cost and gain to end where a training gains less than some share. Lines that OUT.csv
holds are not computed again. CELLCOLONY_DATA names the data. One thread.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import pairwise

import numpy as np
from development import Development, asked_of, error_of
from measured import add_row, rows_of
from weight_decay import designs

from cellcolony.contract import Candidate

EFFORTS = (1, 3, 9, 27)
BOUNDS = (-np.inf, -0.2, -0.05, -0.02, -0.01, -0.005, 0.0)
SHARES = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05)
HEAD = ("series", "share", "seed", "design", "effort", "valid_mae", "later_mae")


def main() -> None:
    asked = asked_of(argparse.ArgumentParser(), seeds=2)
    for name in asked.names:
        _measure(name, asked)
    _tell(rows_of(asked.out))


def _measure(name: str, asked: argparse.Namespace) -> None:
    done = {tuple(row[key] for key in HEAD[:5]) for row in rows_of(asked.out)}
    rows = Development.of(name, asked)
    judge = rows.judge()
    for seed in range(asked.seeds):
        for design, network, rate in designs(rows, seed):
            key = name, str(asked.share), str(seed), design
            if (*key, str(EFFORTS[-1])) in done:
                continue
            found = []
            for effort in EFFORTS:
                weights = judge(Candidate(0, network, effort=effort, rate=rate)).weights
                assert weights is not None, "it diverged"
                network = network.with_weights(weights)
                errors = (f"{error_of(network, part):.6g}" for part in (rows.valid, rows.later))
                found.append((*key, effort, *errors))
            for line in found:  # all of a chain or nothing
                add_row(asked.out, HEAD, line)


def _tell(rows: list[dict[str, str]]) -> None:
    chains: dict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        errors = float(row["valid_mae"]), float(row["later_mae"])
        chains[tuple(row[key] for key in HEAD[:4])].append(errors)
    logs = np.log([*chains.values()])  # (chains, trainings, on validation and later)
    gains = np.diff(logs, axis=1)
    for effort, own in zip(EFFORTS[1:], gains.swapaxes(0, 1), strict=True):
        print(f"{effort} times as long, {len(own)} trainings:")
        for low, high in pairwise(BOUNDS):
            later = own[(own[:, 0] >= low) & (own[:, 0] < high), 1]
            if later.size:
                print(
                    f"  validation {low:+.1%} to {high:+.1%}: {later.size} trainings, later rows "
                    f"{later.mean():+.2%} in the mean, {np.median(later):+.2%} in the median, "
                    f"lower in {(later < 0).sum()}"
                )
    before, after = gains[:, :-1, 0].ravel(), gains[:, 1:, 0].ravel()
    little = before > np.log(0.99)
    for is_little, what in ((True, "less than 1 %"), (False, "1 % or more")):
        next_ones = after[little == is_little]
        n = (next_ones < np.log(0.99)).sum()
        print(f"after a training that gains {what} the next gains more: {n} of {next_ones.size}")
    for share in SHARES:
        ended = np.array([_ended(chain, share) for chain in logs]) - logs[:, -1]
        valid, later = ended.mean(0)
        print(
            f"ended below a gain of {share:.1%}: validation {valid:+.2%}, later rows {later:+.2%} "
            f"in the mean, lower in {(ended[:, 1] < 0).sum()}, higher in {(ended[:, 1] > 0).sum()}"
        )


def _ended(chain: np.ndarray, share: float) -> np.ndarray:
    """Return the logarithms of the errors where the first training that gains too little ends."""
    for before, after in pairwise(chain):
        if after[0] > before[0] + np.log(1 - share):
            return before
    return chain[-1]


if __name__ == "__main__":
    main()
