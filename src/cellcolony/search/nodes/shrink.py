"""Mutation: a branch is replaced by one of its arguments (section 3.1)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import UNARY, Element
from cellcolony.search.nodes.places import Place, places, put, sees_input


def shrink(tree: Tree, rng: np.random.Generator) -> Tree | None:
    """Replace an element that is no leaf, any with the same chance, by one of its arguments.

    What brings two unary elements together or takes the last base input away is never drawn. The
    tie of the element that goes is lost with it; elements above it that read no memory any more
    lose theirs [ours].

    Returns:
        The new tree; None where there is no legal place.
    """
    choices = [(place.path, args) for place in places(tree) if (args := _arguments(tree, place))]
    if not choices:
        return None
    path, args = choices[rng.integers(len(choices))]
    return put(tree, path, args[rng.integers(len(args))])


def _arguments(tree: Tree, place: Place) -> list[Element]:
    """Return the arguments that may stand in an element's place."""
    return [
        arg
        for arg in place.element.args
        if not (place.above in UNARY and arg.op in UNARY) and sees_input(tree, place.element, arg)
    ]
