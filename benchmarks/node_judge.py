"""How well a short training tells what a long one ends at, and which recipe is fair.

    python benchmarks/node_judge.py recipe OUT.csv
    python benchmarks/node_judge.py judge OUT.csv [--cells 29]
    python benchmarks/node_judge.py longer OUT.csv --tree TEXT --tree TEXT ...

`recipe` trains cells of the library by the final training of the preset `lab`, with several
learning rates and bounds of the first weights. `judge` trains cells of the literature and mutants
of them for 0.5, 1 and 2 epochs, each with a cosine of its own, and by the final training at three
rates; it prints Spearman's rank correlation of each with the lowest final loss, and its 95 %
interval by resampling cells. Both are at `lab`. `longer` trains nodes at `small`, for 1, 2 and 4
epochs, with and without the dropout of its final training.

Validation alone is read. Lines that OUT.csv holds are not computed again. CELLCOLONY_DATA names
the data. One thread.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse
from cellcolony.cells.tree_value import digest_of
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.texts import TextTraining, Words
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.search.nodes import RacedNodes
from cellcolony.search.nodes.variation import mutated_once
from cellcolony.search.presets import preset
from cellcolony.tasks.language import Language

N_LINES = 5_000
"""Of the Penn Treebank's training text: the scale `lab`."""
EFFORTS = (5, 10, 20)
"""Tenths of an epoch."""
EPOCHS = (1, 2, 4)
"""Of `longer`."""
RATES, BOUNDS = (0.003, 0.006, 0.012, 0.02, 0.03), (0.1, 0.2, 0.3, 0.5)
FACTORS = (0.5, 1.0, 2.0)
RESAMPLED = 2_000


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=("recipe", "judge", "longer"))
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--cells", type=int, default=29)
    arguments.add_argument("--tree", action="append", default=[])
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    done = _done(asked.out)
    if asked.what == "longer":
        _longer(asked.out, asked.tree, done)
        return
    words, lab = _words(), preset("lab", "language")
    final = lab.final_training(lab.training)
    if asked.what == "recipe":
        for name in ("gru", "lstm", "mgu", "ugrnn", "nascell"):
            for rate in RATES:
                for bound in BOUNDS:
                    if (name, str(rate), str(bound)) not in done:
                        model = replace(final.model, bound=bound, like="")
                        schedule = replace(final.schedule, learning_rate=rate, lanes=20)
                        loss = _loss(words, LanguageTraining(model, schedule), cells.get(name))
                        _add(asked.out, (name, rate, bound, loss))
    else:
        for name, tree in _sample(asked.cells):
            if (name, tree.text) not in {row[:2] for row in done}:
                cell = tree.to_cell()
                losses = [_loss(words, lab.training, cell, effort) for effort in EFFORTS]
                for factor in FACTORS:
                    rate = factor * final.schedule.first_rate
                    schedule = replace(final.schedule, learning_rate=rate, lanes=20)
                    losses.append(_loss(words, replace(final, schedule=schedule), cell))
                _add(asked.out, (name, tree.text, *losses))
        _tell(asked.out)


def _longer(out: Path, texts: list[str], done: set[tuple[str, ...]]) -> None:
    small = preset("small", "language")
    dropout = small.final_training(small.training).model.dropout
    words = _words(n_lines=None, vocabulary=2_000)
    for epochs, drop in product(EPOCHS, (0.0, dropout)):
        model = replace(small.training.model, dropout=drop)
        for text in texts:
            if (str(epochs), str(drop), text) not in done:
                effort = epochs * small.training.schedule.parts
                cell = Tree(parse(text), bias=True).to_cell()
                loss = _loss(words, replace(small.training, model=model), cell, effort)
                _add(out, (epochs, drop, text, loss))


def _words(n_lines: int | None = N_LINES, vocabulary: int = 1_000) -> Words:
    """Return the first lines of the training text, or all, and the validation text."""
    folder = Path(os.environ["CELLCOLONY_DATA"]) / "ptb"
    with tempfile.TemporaryDirectory() as there:
        cut = Path(there) / "train.txt"
        lines = (folder / "ptb.train.txt").read_text().splitlines(keepends=True)
        cut.write_text("".join(lines[:n_lines]))
        files = ([str(path)] for path in (cut, folder / "ptb.valid.txt", folder / "ptb.test.txt"))
        task = Language.from_files(*files, tokens="lines", vocabulary=vocabulary)
    return Words(task.train, task.valid, len(task.vocabulary))


def _sample(n: int) -> Iterator[tuple[str, Tree]]:
    """Yield cells of the literature, then mutants of the seeds, no two of the same values."""
    rng, settings, seen = np.random.default_rng(7), RacedNodes(), set()
    for name in (*SEEDS, "nascell"):
        tree = known_tree(name, settings.bias)
        seen.add(digest_of(tree))
        yield name, tree
    while len(seen) < n:
        tree, n_mutations = known_tree(SEEDS[rng.integers(len(SEEDS))]), int(rng.integers(1, 10))
        for _ in range(n_mutations):
            tree, _ = mutated_once(tree, settings, rng)
        if digest_of(tree) not in seen:
            seen.add(digest_of(tree))
            yield f"{n_mutations} mutations", tree


def _loss(words: Words, training: LanguageTraining, cell: Cell, effort: int = 1) -> float:
    stop = np.zeros(1, np.uint8)
    judge = TextTraining(words, training.model, training.schedule, stop)
    return judge.judge(cell, 0, Caps(), effort=effort).loss


def _done(out: Path) -> set[tuple[str, ...]]:
    if not out.exists():
        return set()
    with out.open(newline="") as file:
        return {tuple(row[:3]) for row in csv.reader(file)}


def _add(out: Path, row: tuple[object, ...]) -> None:
    with out.open("a", newline="") as file:
        csv.writer(file).writerow(row)
    print(*row, flush=True)


def _tell(out: Path) -> None:
    with out.open(newline="") as file:
        rows = np.array([[float(value) for value in row[2:]] for row in csv.reader(file)])
    best = rows[:, len(EFFORTS) :].min(axis=1)
    rows, best = rows[np.isfinite(best)], best[np.isfinite(best)]
    rng = np.random.default_rng(0)
    for i, effort in enumerate(EFFORTS):
        short = np.nan_to_num(rows[:, i], posinf=1e9)
        found = spearmanr(short, best).statistic
        drawn = (rng.integers(len(best), size=len(best)) for _ in range(RESAMPLED))
        many = [spearmanr(short[some], best[some]).statistic for some in drawn]
        low, high = np.nanquantile(many, [0.025, 0.975])
        print(f"{effort / 10:g} epochs: {found:.2f} ({low:.2f} to {high:.2f}), {len(best)} cells")


if __name__ == "__main__":
    main()
