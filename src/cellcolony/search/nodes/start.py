"""The trees that evolution starts from: simple, and fully connected (section 3.3)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, BINARY, UNARY, Element


def start_tree(
    rng: np.random.Generator, height: int = 6, with_memory: bool = False, bias: bool = False
) -> Tree:
    """Draw a full tree: binary levels, and a unary element under each of their arguments.

    At height 6 the eight base inputs stand at its leaves, each once, and three binary levels add or
    multiply them [ours: the paper gives the height alone]. A lower tree begins with z0 and has
    fewer; a higher one repeats them. What the elements compute is drawn.

    Args:
        rng: Draws the operations, and where the memory leaf stands.
        height: Edges from root to leaf; even, at least 2.
        with_memory: Whether one leaf becomes c. Without one no element can ever be tied to a memory
            before a mutation brings one in [ours].
        bias: As for `Tree`.
    """
    leaves = [BASE[i % len(BASE)] for i in range(2 ** (height // 2))]
    if with_memory:
        leaves[rng.integers(len(leaves))] = "c"
    level = [Element(leaf) for leaf in leaves]
    while len(level) > 1:
        unary = _drawn(UNARY, len(level), rng)
        level = [Element(op, (e,)) for op, e in zip(unary, level, strict=True)]
        pairs = list(zip(level[::2], level[1::2], strict=True))
        level = [
            Element(op, pair)
            for op, pair in zip(_drawn(BINARY, len(pairs), rng), pairs, strict=True)
        ]
    return Tree(level[0], bias)


def _drawn(ops: tuple[str, ...], n: int, rng: np.random.Generator) -> list[str]:
    return [ops[i] for i in rng.integers(len(ops), size=n).tolist()]
