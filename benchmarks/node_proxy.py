"""How well smaller and shorter trainings tell what a whole one ends at, at `small`.

    python benchmarks/node_proxy.py OUT.csv RUN... [--only NAME,NAME...]

A run is a search at `small`. Its nodes of the highest rung, which were trained as a final training
is, are trained again by each of `SHORTER`; no two that compute the same. Prints Spearman's
correlation of each with the losses of the runs, with its 95 % interval by resampling nodes; the
same over the nodes within 0.035 of the best, 18 of the 79 in `node_proxy.csv`; and the places that
the three best nodes have.

Validation alone is read. Lines that OUT.csv holds are not computed again. CELLCOLONY_DATA names
the data. One thread.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from measured import add_row, rows_of
from numpy.typing import NDArray
from scipy.stats import spearmanr

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.judges.proxy import ProxyTraining
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.texts import TextTraining, Words
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.history import History
from cellcolony.search.presets import preset
from cellcolony.tasks.language import Language

LAB = ProxyTraining(
    proxy_share=1 / 8, proxy_hidden=64, proxy_epochs=4, proxy_dropout=0.1, proxy_bound=0.3,
    proxy_learning_rate=0.02,
)  # fmt: skip
COLUMNS = ("training", "run", "number", "full", "loss", "seconds", "tree")
GOOD = 0.035
RESAMPLED = 2_000


SHORTER = {
    "half": None,
    "eighth-64-4": LAB,
    "eighth-64-2": replace(LAB, proxy_epochs=2),
    "eighth-64-1": replace(LAB, proxy_epochs=1),
    "sixteenth-64-4": replace(LAB, proxy_share=1 / 16),
    "eighth-128-4": replace(
        LAB, proxy_hidden=128, proxy_dropout=0.2, proxy_bound=0.2, proxy_learning_rate=0.01
    ),
}
"""By proxy; None for half an epoch of the whole training. `small` judges by "eighth-64-4"."""


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("out", type=Path)
    arguments.add_argument("runs", nargs="*", type=Path)
    arguments.add_argument("--only", default=",".join(SHORTER))
    asked = arguments.parse_intermixed_args()
    torch.set_num_threads(1)
    done = {(row["training"], row["tree"]) for row in rows_of(asked.out)}
    nodes = list(_nodes(asked.runs))
    for name in asked.only.split(",") if nodes else ():
        judge, effort = _judge(SHORTER[name])
        for run, number, tree, full in nodes:
            if (name, tree.text) not in done:
                began = time.process_time()
                loss = judge.judge(tree.to_cell(), 0, Caps(), effort=effort).loss
                seconds = time.process_time() - began
                losses = f"{full:.5f}", f"{loss:.5f}", f"{seconds:.1f}"
                add_row(asked.out, COLUMNS, (name, run, number, *losses, tree.text))
    _tell(rows_of(asked.out))


def _judge(proxy: ProxyTraining | None) -> tuple[TextTraining, int]:
    """Return what trains so, and how many times its epochs."""
    folder, small = Path(os.environ["CELLCOLONY_DATA"]) / "ptb", preset("small", "language")
    files = ([str(folder / f"ptb.{part}.txt")] for part in ("train", "valid", "test"))
    known, by = small.task_settings.vocabulary, small.training
    task = Language.from_files(*files, tokens="lines", vocabulary=known)
    words = Words(task.train, task.valid, len(task.vocabulary))
    full = TextTraining(words, by.model, by.schedule, np.zeros(1, np.uint8))
    return (full, by.schedule.parts // 2) if proxy is None else (full.by_proxy(proxy), 1)


def _nodes(runs: list[Path]) -> Iterator[tuple[str, int, Tree, float]]:
    """Yield the nodes of the highest rung of each run, with their losses there."""
    seen = set[str]()
    for run in runs:
        history = History.of(run / JOURNAL)
        scored = [one for one in history.by_arrival if one.loss is not None]
        highest = max(one.count("rung") or 0 for one in scored)
        for one in scored:
            tree = history.genome(one.number, Tree.kind)
            assert isinstance(tree, Tree)
            assert one.loss is not None
            if (one.count("rung") or 0) == highest and digest_of(tree) not in seen:
                seen.add(digest_of(tree))
                yield run.name, one.number, tree, one.loss


def _tell(rows: list[dict[str, str]]) -> None:
    for name in SHORTER:
        own = [row for row in rows if row["training"] == name]
        if len(own) < 3:
            continue
        full, short, seconds = (
            np.array([float(row[column]) for row in own]) for column in ("full", "loss", "seconds")
        )
        good = full <= full.min() + GOOD
        places = [int((short < short[i]).sum()) + 1 for i in np.argsort(full)[:3]]
        print(
            f"{name}: {len(own)} nodes, {seconds.mean():.1f} s; all {_correlation(full, short)}; "
            f"the best {good.sum()} {_correlation(full[good], short[good])}; places of the best "
            f"three {places}"
        )


def _correlation(full: NDArray[np.float64], short: NDArray[np.float64]) -> str:
    """Return Spearman's correlation with its interval; a failure is last."""
    rng, n = np.random.default_rng(0), len(full)
    found = spearmanr(full, short).statistic
    drawn = [rng.integers(n, size=n) for _ in range(RESAMPLED)]
    low, high = np.nanquantile(
        [spearmanr(full[i], short[i]).statistic for i in drawn], [0.025, 0.975]
    )
    return f"{found:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
