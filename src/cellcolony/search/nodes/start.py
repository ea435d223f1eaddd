"""The trees that evolution starts from: simple, and fully connected (section 3.3)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, BINARY, UNARY, Element
from cellcolony.search.nodes.ties import tied_by_chance


def start_tree(
    rng: np.random.Generator,
    height: int = 6,
    with_memory: bool = False,
    bias: bool = False,
    modi_rate: float = 0.0,
) -> Tree:
    """Draw a full tree: binary levels, and a unary element under each of their arguments.

    At height 6 the eight base inputs stand at its leaves, each once, and three binary levels add or
    multiply them [ours: the paper gives the height alone]. A lower tree begins with z0 and has
    fewer; a higher one repeats them. What the elements compute is drawn. They are newly added, so
    those on the path from a memory leaf are tied to a memory output as inserted ones are [ours]:
    left to later mutations, 6 % of the trees of a small search would use a memory at all.

    Args:
        rng: Draws the operations, and where the memory leaf stands.
        height: Edges from root to leaf; even, at least 2.
        with_memory: Whether one leaf becomes c. Without one no element can ever be tied to a memory
            before a mutation brings one in [ours].
        bias: As for `Tree`.
        modi_rate: The chance that an element with a path from the memory leaf is tied.
    """

    def new(op: str, *args: Element) -> Element:
        return tied_by_chance(Element(op, args), modi_rate, rng)

    leaves = [BASE[i % len(BASE)] for i in range(2 ** (height // 2))]
    if with_memory:
        leaves[rng.integers(len(leaves))] = "c"
    level = [Element(leaf) for leaf in leaves]
    while True:
        unary = _drawn(UNARY, len(level), rng)
        level = [new(op, element) for op, element in zip(unary, level, strict=True)]
        binary = _drawn(BINARY, len(level) // 2, rng)
        if len(level) == 2:
            return Tree(Element(binary[0], tuple(level)), bias)
        level = [new(op, *pair) for op, *pair in zip(binary, level[::2], level[1::2], strict=True)]


def _drawn(ops: tuple[str, ...], n: int, rng: np.random.Generator) -> list[str]:
    return [ops[i] for i in rng.integers(len(ops), size=n).tolist()]
