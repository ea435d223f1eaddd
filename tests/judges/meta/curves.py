"""Learning curves that follow a law, of nodes that are real."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.judges.meta.curve import Curve
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.search.nodes import RacedNodes
from cellcolony.search.nodes.variation import mutated_once

N_WORDS, TASK = 1000, "f" * 64
TRAINING = LanguageTraining(ModelSettings(hidden=8, layers=1), Schedule(epochs=40))


@cache
def distinct_trees(n, seed=0):
    """Return nodes no two of which have the same values, by the digests of these."""
    rng, settings = np.random.default_rng(seed), RacedNodes()
    found = {}
    while len(found) < n:
        tree = known_tree(SEEDS[rng.integers(len(SEEDS))])
        for _ in range(4):
            tree, _ = mutated_once(tree, settings, rng)
        found.setdefault(digest_of(tree), tree)
    return found


def curves(n=24, n_searches=6, seed=0):
    """Return curves a + b t^-c + noise, each of a node of its own; one in twelve diverges."""
    rng = np.random.default_rng(seed)
    made = []
    for i, (digest, tree) in enumerate(distinct_trees(n, seed).items()):
        level, fall, power = 3.5 + 0.5 * rng.random(), 1 + rng.random(), 0.4 + 0.4 * rng.random()
        marks = level + fall * np.arange(1, 41) ** -power + 0.01 * rng.normal(size=40)
        final = float(marks[-1])
        if i % 12 == 11:
            marks, final = marks[:20], math.inf
        made.append(
            Curve(
                f"run/{i % n_searches}", i, tree, digest, TASK, N_WORDS, TRAINING, 1.0,
                0, tuple(marks.tolist()), final,
            )
        )  # fmt: skip
    return made


def clone_of(curve, search):
    """Return a curve of the same node in another search."""
    return replace(curve, search=search)
