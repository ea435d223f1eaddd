"""Many trees at once that a new one is compared with: the founders of species."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.tree_element import MOST_HEIGHT
from cellcolony.search.nodes.distance import shape_distance

_SLACK = 1e-9
"""For rounding: what is ruled out by a bound must be farther away for certain."""


class Landmarks:
    """Shapes of trees, of which those near to another are found without comparing with each.

    Attributes:
        shapes: The shapes, in their order.
    """

    def __init__(self, shapes: Iterable[str]) -> None:
        self.shapes = tuple(shapes)
        self._sizes = np.array([len(shape) for shape in self.shapes])
        self._profiles = np.array([_profile(shape) for shape in self.shapes])

    def near(self, shape: str, threshold: float) -> list[tuple[float, int]]:
        """Return the distance and the place of each one within a threshold, nearest first."""
        if not self.shapes:
            return []
        # Two trees share at most the arguments of the elements that both have at each depth.
        most_shared = 1 + np.minimum(self._profiles, _profile(shape)).sum(1)  # (n_shapes,)
        near = len(shape) + self._sizes <= 2 * (1 + threshold + _SLACK) * most_shared
        found = [(shape_distance(self.shapes[i], shape), i) for i in np.flatnonzero(near).tolist()]
        return sorted((delta, i) for delta, i in found if delta <= threshold)


@lru_cache(1 << 14)
def _profile(shape: str) -> NDArray[np.int16]:
    """Return the arguments of unary elements at each depth, then those of binary ones.

    Shapes:
        `(2 * MOST_HEIGHT,)`.
    """
    counts = np.zeros((3, MOST_HEIGHT + 1), np.int16)
    left_at = [1]  # elements still to come at each depth down to the current one
    for letter in shape:
        arity, depth = int(letter), len(left_at) - 1
        counts[arity, depth] += arity
        left_at[-1] -= 1
        if arity:
            left_at.append(arity)
        while left_at and not left_at[-1]:
            left_at.pop()
    return counts[1:, :MOST_HEIGHT].ravel()
