"""Whether nodes that a search finds at `lab` are good at `small`, where a training costs ten times.

    python benchmarks/node_scales.py OUT.csv --group NAME=RUN,RUN... --group ... [--best 16]

A run is one of raced nodes at `lab`. Of each group of runs the nodes with the lowest losses on the
highest rung are taken, no two of the same values, and trained once as the highest rung of `small`
trains, four epochs with dropout; so are the seeds, the group "library". Prints how well the loss of
`lab` ranks them, by Spearman's correlation, and the best of each group. A node that computes what
a seed does is in the group "library" alone.

Validation alone is read. Lines that OUT.csv holds are not computed again. CELLCOLONY_DATA names
the data. One thread in each of `--workers` processes.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import astuple, dataclass, fields
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse
from cellcolony.cells.tree_value import digest_of
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.texts import TextTraining, Words
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.history import History
from cellcolony.search.presets import preset
from cellcolony.tasks.language import Language

LIBRARY = "library"


@dataclass(frozen=True)
class Node:
    """A node to train.

    Attributes:
        group: Of the runs that it is from.
        run: The name of its run.
        candidate: Its number there.
        tree: Its text.
        lab: Its validation loss at `lab`; not a number for one of the library.
    """

    group: str
    run: str
    candidate: int
    tree: str
    lab: float


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--group", action="append", required=True, help="NAME=RUN,RUN...")
    arguments.add_argument("--best", type=int, default=16)
    arguments.add_argument("--workers", type=int, default=1)
    asked = arguments.parse_args()
    done = {row["tree"] for row in _rows(asked.out)}
    jobs = [node for node in _nodes(asked.group, asked.best) if node.tree not in done]
    pool = ProcessPoolExecutor(asked.workers, get_context("spawn"), initializer=_begin)
    with pool:
        waiting = {pool.submit(_loss, node.tree): node for node in jobs}
        for future in as_completed(waiting):
            _add(asked.out, waiting[future], *future.result())
    _tell(list(_rows(asked.out)))


def _nodes(groups: Iterable[str], n: int) -> Iterator[Node]:
    """Yield the library's nodes, and then those of all groups by turns, the best first."""
    seeds = {digest_of(tree): name for name in SEEDS if (tree := known_tree(name))}
    for name in SEEDS:
        yield Node(LIBRARY, name, 0, known_tree(name).text, float("nan"))
    named = (group.partition("=") for group in groups)
    columns = [_best(name, runs.split(","), n, set(seeds)) for name, _, runs in named]
    for row in zip_longest(*columns):
        yield from (node for node in row if node is not None)


def _best(group: str, runs: list[str], n: int, seen: set[str]) -> list[Node]:
    found: list[Node] = []
    for run in map(Path, runs):
        history = History.of(run / JOURNAL)
        scored = [one for one in history.by_arrival if one.loss is not None]
        highest = max(one.count("rung") or 0 for one in scored)
        for one in scored:
            if one.count("rung") == highest:
                genome = history.genome(one.number, Tree.kind)
                assert isinstance(genome, Tree)
                found.append(Node(group, run.name, one.number, genome.text, one.loss))  # pyright: ignore
    best: list[Node] = []
    for node in sorted(found, key=lambda node: node.lab):
        value = digest_of(_tree(node.tree))
        if value not in seen:
            seen.add(value)
            best.append(node)
    return best[:n]


def _tree(text: str) -> Tree:
    return Tree(parse(text), bias=True)


_judge: TextTraining


def _begin() -> None:
    """Read the text in a worker."""
    global _judge
    torch.set_num_threads(1)
    folder, small = Path(os.environ["CELLCOLONY_DATA"]) / "ptb", preset("small", "language")
    files = ([str(folder / f"ptb.{part}.txt")] for part in ("train", "valid", "test"))
    task = Language.from_files(*files, tokens="lines", vocabulary=2_000)
    words = Words(task.train, task.valid, len(task.vocabulary))
    training = small.training
    _judge = TextTraining(words, training.model, training.schedule, np.zeros(1, np.uint8))


def _loss(text: str) -> tuple[float, float]:
    """Return a node's validation loss at `small`, and the seconds."""
    began, effort = time.perf_counter(), max(preset("small", "language").method.efforts)
    loss = _judge.judge(_tree(text).to_cell(), 0, Caps(), effort=effort).loss
    return loss, time.perf_counter() - began


def _rows(out: Path) -> Iterator[dict[str, str]]:
    if out.exists():
        with out.open(newline="") as file:
            yield from csv.DictReader(file)


def _add(out: Path, node: Node, loss: float, seconds: float) -> None:
    is_new = not out.exists()
    with out.open("a", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow((*(field.name for field in fields(node)), "small", "seconds"))
        writer.writerow((*astuple(node), f"{loss:.5f}", f"{seconds:.1f}"))
    print(f"{loss:.4f} {node.group} {node.run} {node.candidate} {node.tree}", flush=True)


def _tell(rows: list[dict[str, str]]) -> None:
    searched = [row for row in rows if row["group"] != LIBRARY]
    losses = np.array([[float(row["lab"]), float(row["small"])] for row in searched])
    print(f"Spearman {spearmanr(*losses.T).statistic:.2f}, {len(losses)} nodes")
    for group in sorted({row["group"] for row in rows}):
        best = sorted((float(row["small"]), row["tree"]) for row in rows if row["group"] == group)
        print(f"{group}, {len(best)} nodes:", *best[:3], sep="\n  ")


if __name__ == "__main__":
    main()
