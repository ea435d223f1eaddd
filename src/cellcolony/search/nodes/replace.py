"""Mutation: an element becomes another of its type (section 3.1)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, TYPES, Element
from cellcolony.search.nodes.places import places, put


def replace(tree: Tree, rng: np.random.Generator) -> Tree | None:
    """Replace an element, any with the same chance, by another of its type.

    The types are leaves, unary and binary elements; the ten leaves are one type [ours]. An element
    keeps its tie to a memory output as long as it still reads a memory [ours], and the last base
    input is replaced by a base input alone.
    """
    candidates = places(tree)
    element, path, _ = candidates[rng.integers(len(candidates))]
    last = tree.root.n_base == 1 and element.op in BASE
    same = BASE if last else TYPES[len(element.args)]
    others = [op for op in same if op != element.op]
    op = others[rng.integers(len(others))]
    return put(tree, path, Element(op, element.args, element.output))
