"""Homologous crossover: one point in the region that both trees share (section 3.2).

Source: Rawal & Miikkulainen 2018, figure 2a, after Francone et al. 1999.
"""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import MOST_ELEMENTS, Element
from cellcolony.search.nodes.distance import n_shared
from cellcolony.search.nodes.places import put, sees_input


class Pair(NamedTuple):
    """Two elements that stand at the same place of the region that two trees share.

    Attributes:
        mine: The element of the first tree.
        other: That of the second one.
        path: Where the first stands in its tree.
    """

    mine: Element
    other: Element
    path: tuple[int, ...]


def common_region(a: Tree, b: Tree) -> list[Pair]:
    """Return the pairs of elements that two trees share under the best rotation, roots first.

    The pairs are as many as `distance.n_shared` counts. Of rotations that are equally good, the
    second tree is left as it stands.
    """
    found: list[Pair] = []
    _add(a.root, b.root, (), found)
    return found


def _add(a: Element, b: Element, path: tuple[int, ...], found: list[Pair]) -> None:
    found.append(Pair(a, b, path))
    if len(a.args) != len(b.args):
        return
    others = max(  # of rotations that are equally good the first, as it stands
        permutations(b.args),
        key=lambda rotated: sum(
            n_shared(mine.shape, other.shape) for mine, other in zip(a.args, rotated, strict=True)
        ),
    )
    for i, (mine, other) in enumerate(zip(a.args, others, strict=True)):
        _add(mine, other, (*path, i), found)


def crossover(a: Tree, b: Tree, rng: np.random.Generator) -> Tree | None:
    """Return the first tree with what the second has at one point of their common region.

    Swapping the trees gives the other offspring of the pair. Every point below the root counts the
    same, of those at which the trees differ in more than the order of branches.

    Returns:
        The new tree; None where there is no such point.
    """
    points = [pair for pair in common_region(a, b)[1:] if _may_swap(a, pair)]
    if not points:
        return None
    _, other, path = points[rng.integers(len(points))]
    return put(a, path, other)


def _may_swap(tree: Tree, pair: Pair) -> bool:
    # Both stand at the same depth below elements of the same arity: height and unary pairs are
    # as legal as in their own trees.
    mine, other, _ = pair
    fits = tree.n_elements - mine.n_elements + other.n_elements <= MOST_ELEMENTS
    return fits and mine.ordered != other.ordered and sees_input(tree, mine, other)
