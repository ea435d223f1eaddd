"""Tells trees apart by what they compute: equal values on random inputs mean the same node [ours].

Two trees may be the same node and look different: gate(z0, h, h) is h, and z0 * z1 + z0 * z2 is
z0 * (z1 + z2). Whoever trains both trains a clone.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.known_trees import TEXTS, known_tree
from cellcolony.cells.lower.numpy import evaluate
from cellcolony.cells.program import Cell
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, PROJECTED
from cellcolony.cells.tree_text import parse

N_UNITS, N_STEPS, DIGITS = 4, 5, 7
"""Of the layer that is computed, and the significant digits that must agree."""
MOST_NUMBERED = 4
"""So many inputs are tried under every number; trees that read more are taken as they stand."""
DIGEST_BYTES = 8


@lru_cache(1 << 14)
def value_digest(key: str, bias: bool) -> str:
    """Return 16 hexadecimal digits that trees with equal values on random inputs have in common.

    Args:
        key: `Tree.key`, whose inputs are numbered in an order of their own.
        bias: `Tree.bias`.
    """
    tree = Tree(parse(key), bias)
    read = sorted({int(one.op[1:]) for one in tree.root.walk() if one.op in PROJECTED})
    numberings = [tuple(range(len(read)))]
    if len(read) <= MOST_NUMBERED:
        numberings = list(permutations(range(MOST_NUMBERED), len(read)))
    streams = np.zeros((len(numberings), len(BASE)), np.int64)
    streams[:, read] = numberings
    values = _outputs(tree.to_cell(), streams)
    rows = sorted(" ".join(f"{value:.{DIGITS}g}" for value in row + 0.0) for row in values)
    return blake2b(rows[0].encode(), digest_size=DIGEST_BYTES).hexdigest()


def _outputs(cell: Cell, streams: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute a layer of a cell under several numberings of its inputs.

    Args:
        cell: The cell of a tree.
        streams: `(numberings, 8)`, which random numbers each input has.

    Returns:
        `(numberings, steps * units)`.
    """
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(N_STEPS, len(BASE), N_UNITS))
    recurrent = rng.normal(size=(len(BASE), N_UNITS, N_UNITS)) / np.sqrt(N_UNITS)
    biases = rng.normal(size=(len(BASE), N_UNITS))
    y = np.zeros((len(streams), N_UNITS))
    states = dict.fromkeys(cell.states, y)
    numbers = {leaf: int(str(leaf.value).removeprefix("b")) for op in ("x", "h", "param")
               for leaf in cell.leaves(op)}  # fmt: skip
    outputs = []
    with np.errstate(all="ignore"):
        for x in inputs:
            leaves = {leaf: states[str(leaf.value)] for leaf in cell.leaves("state")}
            for leaf, k in numbers.items():
                stream = streams[:, k]
                match leaf.op:
                    case "x":
                        leaves[leaf] = x[stream]
                    case "h":
                        leaves[leaf] = np.einsum("nij,nj->ni", recurrent[stream], y)
                    case _:
                        leaves[leaf] = biases[stream]
            y, states = evaluate(cell, leaves, y)
            outputs.append(y)
    return np.concatenate(outputs, axis=1)


def same_as(tree: Tree) -> str | None:
    """Return the cell of the literature that computes the same as a tree; None for none."""
    digest = digest_of(tree)
    names = (name for name in TEXTS if digest_of(known_tree(name, tree.bias)) == digest)
    return next(names, None)


def digest_of(tree: Tree) -> str:
    """Return the digest of a tree's values, the same however its inputs are numbered."""
    return value_digest(tree.key, tree.bias)
