"""Mutation: an element becomes another of its type (section 3.1)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import INPUTS, Element
from cellcolony.search.nodes.grammar import PAPER, Grammar
from cellcolony.search.nodes.places import places, put


def replace(tree: Tree, rng: np.random.Generator, grammar: Grammar = PAPER) -> Tree | None:
    """Replace an element, any with the same chance, by another of its type.

    The types are leaves, unary and binary elements; the ten leaves of the paper are one type
    [ours]. An element keeps its tie to a memory output as long as it still reads a memory [ours],
    and the last leaf that reads the input is replaced by such a leaf alone.
    """
    candidates = [
        place for place in places(tree) if len(grammar.of_type(len(place.element.args))) > 1
    ]
    element, path, _ = candidates[rng.integers(len(candidates))]
    arity = len(element.args)
    others = tuple(op for op in grammar.of_type(arity) if op != element.op)
    if not arity:
        if tree.root.n_inputs == 1 and element.op in INPUTS:
            others = tuple(op for op in others if op in INPUTS)
        return put(tree, path, Element(grammar.leaf(tree, rng, others)))
    op = others[rng.integers(len(others))]
    return put(tree, path, Element(op, element.args, element.output))
