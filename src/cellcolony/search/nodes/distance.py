"""How far apart two trees are: by structure alone, whichever way branches are turned (eq. 1).

Elements are shared that stand at the same place under the best of all rotations, that is, swaps of
branches of one element: from the roots down, as long as the elements above have the same arity.
Where arities differ, the two elements still share their place, and what lies under them shares
nothing [ours]. The best rotation is found by a recursion over pairs of subtrees, O(n m) in all, and
each pair of shapes is compared once.

Source: Rawal & Miikkulainen 2018, section 3.2, with N_unique = 1 - s and N_shared = s, where
s = 2 n_shared / (n_1 + n_2) is the fraction of both trees together that is shared.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations

from cellcolony.cells.tree import Tree

MOST_PAIRS, MOST_SHAPES = 1 << 17, 1 << 14
"""Whose comparisons, and whose branches, are remembered: some 30 MB."""


def distance(a: Tree, b: Tree) -> float:
    """Return delta = N_unique / N_shared, 0 for trees of the same structure."""
    return shape_distance(a.root.shape, b.root.shape)


def shape_distance(a: str, b: str) -> float:
    """Return the distance of two trees by their shapes; see `Element.shape`."""
    return (len(a) + len(b)) / (2 * n_shared(a, b)) - 1


@lru_cache(MOST_PAIRS)
def n_shared(a: str, b: str) -> int:
    """Return how many elements two shapes share under the best rotation."""
    if a == b:
        return len(a)
    arity = a[0]
    if arity != b[0] or arity == "0":
        return 1
    if arity == "1":
        return 1 + n_shared(a[1:], b[1:])
    return 1 + max(
        sum(map(n_shared, branches(a), rotated)) for rotated in permutations(branches(b))
    )


@lru_cache(MOST_SHAPES)
def branches(shape: str) -> tuple[str, ...]:
    """Return the shapes of the branches of an element."""
    found, at = [], 1
    for _ in range(int(shape[0])):
        begin, open_places = at, 1
        while open_places:
            open_places += int(shape[at]) - 1
            at += 1
        found.append(shape[begin:at])
    return tuple(found)
