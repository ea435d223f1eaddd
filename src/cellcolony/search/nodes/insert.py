"""Mutation: a new branch is inserted, and what stood there becomes its child (section 3.1)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import (
    BINARY,
    LEAVES,
    MOST_ELEMENTS,
    MOST_HEIGHT,
    UNARY,
    Element,
)
from cellcolony.search.nodes.places import Place, places, put
from cellcolony.search.nodes.ties import tied_by_chance


def insert(
    tree: Tree, modi_rate: float, rng: np.random.Generator, most_height: int = MOST_HEIGHT
) -> Tree | None:
    """Insert a unary or binary element above another, any place with the same chance.

    The other argument of a binary element is a new leaf, on either side [ours: as in the mutation
    of the same description in DEAP, Fortin et al. 2012]. With the modi rate the new element is tied
    to memory output c or d, if it has a path from a memory leaf and is not the root.

    Args:
        tree: The tree; it stays as it is.
        modi_rate: The chance that the new element is tied.
        rng: Draws place, element, leaf, side and tie.
        most_height: The height that it may have.

    Returns:
        The new tree; None where it is as high or as large as it may be at every place.
    """
    choices = [
        (place, ops) for place in places(tree) if (ops := _operations(tree, place, most_height))
    ]
    if not choices:
        return None
    place, ops = choices[rng.integers(len(choices))]
    op = ops[rng.integers(len(ops))]
    args = (place.element,)
    if op in BINARY:
        leaf = Element(LEAVES[rng.integers(len(LEAVES))])
        args = (leaf, place.element) if rng.random() < 0.5 else (place.element, leaf)
    new = Element(op, args)
    if place.path:
        new = tied_by_chance(new, modi_rate, rng)
    return put(tree, place.path, new)


def _operations(tree: Tree, place: Place, most_height: int) -> tuple[str, ...]:
    """Return what may be inserted above a place."""
    element, path, above = place
    if len(path) + element.height + 1 > most_height:
        return ()
    n_left = MOST_ELEMENTS - tree.n_elements
    binary = BINARY if n_left >= 2 else ()
    follows = above in UNARY or element.op in UNARY
    return binary if follows or n_left < 1 else UNARY + binary
