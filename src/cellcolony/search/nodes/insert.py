"""Mutation: a new branch is inserted, and what stood there becomes its child (section 3.1)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import MOST_ELEMENTS, MOST_HEIGHT, UNARY, Element, arity_of
from cellcolony.search.nodes.grammar import PAPER, Grammar
from cellcolony.search.nodes.places import Place, places, put
from cellcolony.search.nodes.ties import tied_by_chance


def insert(
    tree: Tree,
    modi_rate: float,
    rng: np.random.Generator,
    most_height: int = MOST_HEIGHT,
    grammar: Grammar = PAPER,
) -> Tree | None:
    """Insert an element above another, any place with the same chance.

    Its other arguments are new leaves, on either side [ours: as in the mutation of the same
    description in DEAP, Fortin et al. 2012]. With the modi rate the new element is tied
    to memory output c or d, if it has a path from a memory leaf and is not the root.

    Args:
        tree: The tree; it stays as it is.
        modi_rate: The chance that the new element is tied.
        rng: Draws place, element, leaf, side and tie.
        most_height: The height that it may have.
        grammar: What may be inserted.

    Returns:
        The new tree; None where it is as high or as large as it may be at every place.
    """
    choices = [
        (place, ops)
        for place in places(tree)
        if (ops := _operations(tree, place, most_height, grammar))
    ]
    if not choices:
        return None
    place, ops = choices[rng.integers(len(choices))]
    op = ops[rng.integers(len(ops))]
    args = [Element(grammar.leaf(tree, rng)) for _ in range((arity_of(op) or 1) - 1)]
    if args:  # of two branches the new one is the first where the draw is below a half
        args.insert(len(args) - int(rng.random() * (len(args) + 1)), place.element)
    else:
        args.append(place.element)
    new = Element(op, tuple(args))
    if place.path:
        new = tied_by_chance(new, modi_rate, rng)
    return put(tree, place.path, new)


def _operations(tree: Tree, place: Place, most_height: int, grammar: Grammar) -> tuple[str, ...]:
    """Return what may be inserted above a place."""
    element, path, above = place
    if len(path) + element.height + 1 > most_height:
        return ()
    unary, binary, ternary = grammar.operations
    n_left = MOST_ELEMENTS - tree.n_elements
    follows = above in UNARY or element.op in UNARY
    return (
        *(() if follows or n_left < 1 else unary),
        *(binary if n_left >= 2 else ()),
        *(ternary if n_left >= 3 else ()),
    )
