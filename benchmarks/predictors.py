"""How far predictors of final losses are off on curves that none of them has seen, over splits.

    python benchmarks/predictors.py CURVES... [--splits 5] [--by node]

CURVES are files of curves or runs, as of `train-meta`, which tests one predictor on one split, or a
table that it has written: `benchmarks/node_curves.csv` has 324 curves. Here every predictor is
fitted on each of several splits, and tested on the curves of test: those of validation have told
boosting and the Meta-LSTM when to stop, so that their errors there flatter.
Nothing is chosen by these numbers. One thread.
"""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.judges.meta.accuracy import accuracy
from cellcolony.judges.meta.curve import N_FIRST, Curve, Prefixes, cap_of
from cellcolony.judges.meta.predictors import PREDICTORS
from cellcolony.judges.meta.split import BY, SPLITS, split
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.curves import read_curves


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("curves", type=Path, nargs="+")
    arguments.add_argument("--splits", type=int, default=5)
    arguments.add_argument("--by", choices=BY, default="node")
    asked = arguments.parse_args()
    if asked.curves[0].suffix == ".csv":
        curves, n_first = _of_table(asked.curves[0]), N_FIRST
    else:
        found = read_curves(asked.curves)
        curves, n_first = found.curves, found.n_first
    cap = cap_of(curves[0].n_words)
    rows: dict[str, list[list[float]]] = {name: [] for name in PREDICTORS.names()}
    for seed in range(asked.splits):
        splits = split(curves, seed, asked.by)
        parts = [
            [one for one, own in zip(curves, splits, strict=True) if own == name] for name in SPLITS
        ]
        train, valid, test = (Prefixes.of(part, n_first) for part in parts)
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


def _of_table(path: Path) -> list[Curve]:
    """Return the curves of a table, which does not say by what training they came."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    curves = []
    for row in rows:
        marks = [float(row[name]) for name in row if name.startswith("mark_") and row[name]]
        n_marks = sum(name.startswith("mark_") for name in row)
        tree = Tree.from_dict({"tree": row["node"], "bias": bool(int(row["bias"]))})
        training = LanguageTraining(schedule=Schedule(epochs=n_marks))
        curves.append(
            Curve(
                row["search"],
                int(row["candidate"]),
                tree,
                row["value"],
                "",
                round(math.exp(float(row["cap"]))),
                training,
                float(row["rate"]),
                int(row["seed"]),
                tuple(marks),
                float(row["final"] or math.inf),
            )
        )
    return curves


if __name__ == "__main__":
    main()
