"""Trees for tests: known nodes, and trees of every kind drawn at random."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BINARY, LEAVES, MEMORIES, UNARY, Element
from cellcolony.cells.tree_text import parse

LSTM = "mul(sigmoid(z3), tanh(add(mul(sigmoid(z1), c), mul(sigmoid(z0), tanh(z2)))>c))"
"""The textbook LSTM; with biases it is the cell of that name."""
TWO_MEMORIES = "add(tanh(mul(add(c, z0)>d, sigmoid(add(d, z1)>c)>c)), mul(z2, d)>d)"
"""A node in which both memories have several outputs, one under another."""


def tree(text: str, bias: bool = False) -> Tree:
    return Tree(parse(text), bias)


def random_element(rng: np.random.Generator, height: int, unary: bool = True) -> Element:
    """Draw an element of this height or less, with ties wherever they are legal."""
    kind = rng.random()
    if height == 0 or kind < 0.15:
        return Element(str(rng.choice(LEAVES)))
    if unary and kind < 0.5:
        new = Element(str(rng.choice(UNARY)), (random_element(rng, height - 1, unary=False),))
    else:
        args = [random_element(rng, height - 1) for _ in range(2)]
        new = Element(str(rng.choice(BINARY)), tuple(args))
    tie = new.reads_memory and rng.random() < 0.4
    return new.tied(str(rng.choice(MEMORIES))) if tie else new


def random_tree(seed: int, height: int = 6, bias: bool = False) -> Tree:
    """Draw a tree that sees an input; small and lopsided ones come up as well as full ones."""
    rng = np.random.default_rng(seed)
    while True:
        root = random_element(rng, height).tied("")
        if root.n_inputs:
            return Tree(root, bias)


def trees(most_height: int = 6) -> st.SearchStrategy[Tree]:
    return st.builds(
        random_tree, st.integers(0, 10_000), st.integers(0, most_height), st.booleans()
    )


def mirrored(element: Element, rng: np.random.Generator) -> Element:
    """Swap the branches of some elements."""
    args = [mirrored(arg, rng) for arg in element.args]
    if rng.random() < 0.5:
        args.reverse()
    return Element(element.op, tuple(args), element.output)


def mirror_image(of: Tree, seed: int = 0) -> Tree:
    return Tree(mirrored(of.root, np.random.default_rng(seed)), of.bias)


def renamed(of: Tree, order: list[int], swap: bool) -> Tree:
    """Give the base inputs other numbers, and swap the memories if asked to."""
    names = {f"z{k}": f"z{new}" for k, new in enumerate(order)}
    names |= {"c": "d", "d": "c"} if swap else {}

    def element(old: Element) -> Element:
        args = tuple(map(element, old.args))
        return Element(names.get(old.op, old.op), args, names.get(old.output, old.output))

    return Tree(element(of.root), of.bias)
