"""How far predictors of final losses are off on curves that none of them has seen, over splits.

    python benchmarks/predictors.py CURVES... [--splits 5] [--by node]

CURVES are files of curves or runs, as of `train-meta`, which tests one predictor on one split. Here
every predictor is fitted on each of several splits, and tested on the curves of test: those of
validation have told boosting and the Meta-LSTM when to stop, so that their errors there flatter.
Nothing is chosen by these numbers. One thread.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cellcolony.judges.meta.accuracy import accuracy
from cellcolony.judges.meta.curve import Prefixes, cap_of
from cellcolony.judges.meta.predictors import PREDICTORS
from cellcolony.judges.meta.split import BY, SPLITS, split
from cellcolony.runs.curves import read_curves


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("curves", type=Path, nargs="+")
    arguments.add_argument("--splits", type=int, default=5)
    arguments.add_argument("--by", choices=BY, default="node")
    asked = arguments.parse_args()
    found = read_curves(asked.curves)
    curves, cap = found.curves, cap_of(found.curves[0].n_words)
    rows: dict[str, list[list[float]]] = {name: [] for name in PREDICTORS.names()}
    for seed in range(asked.splits):
        splits = split(curves, seed, asked.by)
        parts = [
            [one for one, own in zip(curves, splits, strict=True) if own == name] for name in SPLITS
        ]
        train, valid, test = (Prefixes.of(part, found.n_first) for part in parts)
        for name, own in rows.items():
            predicted = PREDICTORS[name].fit(train, valid, seed).predict(test.first)
            one = accuracy(np.clip(predicted, 0, cap), test.final)
            own.append([one.mean, one.median, one.p90, np.nan if one.rank is None else one.rank])
    print(f"{len(curves)} curves, {asked.splits} splits by {asked.by}: means over splits, on test")
    print("predictor    mean  median     p90    rank   lowest mean in")
    best = np.argmin([[row[0] for row in own] for own in rows.values()], axis=0)
    for i, (name, own) in enumerate(rows.items()):
        told = " ".join(f"{value:7.2f}" for value in np.mean(own, axis=0))
        print(f"{name:10} {told}   {int((best == i).sum())} of {asked.splits}")


if __name__ == "__main__":
    main()
