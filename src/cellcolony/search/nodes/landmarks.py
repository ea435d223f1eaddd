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
        found = [
            (shape_distance(self.shapes[i], shape), i) for i in self._candidates(shape, threshold)
        ]
        return sorted((delta, i) for delta, i in found if delta <= threshold)

    def any_near(self, shape: str, threshold: float) -> bool:
        """Say whether one is within a threshold."""
        return any(
            shape_distance(self.shapes[i], shape) <= threshold
            for i in self._candidates(shape, threshold)
        )

    def _candidates(self, shape: str, threshold: float) -> list[int]:
        """Return the places of those that may be within a threshold, the likeliest first."""
        if not self.shapes:
            return []
        # Two trees share at most the arguments of the elements that both have at each depth.
        most_shared = 1 + np.minimum(self._profiles, _profile(shape)).sum(1)  # (n_shapes,)
        least = (len(shape) + self._sizes) / (2 * most_shared) - 1  # distance, (n_shapes,)
        places = np.flatnonzero(least <= threshold + _SLACK)
        return places[np.argsort(least[places], kind="stable")].tolist()


@lru_cache(8)
def landmarks_of(shapes: tuple[str, ...]) -> Landmarks:
    """Return the landmarks with these shapes, the same while the shapes are."""
    return Landmarks(shapes)


@lru_cache(1 << 14)
def _profile(shape: str) -> NDArray[np.int16]:
    """Return the arguments of unary elements at each depth, then of binary and ternary ones.

    Shapes:
        `(3 * MOST_HEIGHT,)`.
    """
    counts = [[0] * MOST_HEIGHT for _ in range(3)]
    left_at = [1]  # elements still to come at each depth down to the current one
    for letter in shape:
        left_at[-1] -= 1
        if letter == "0":
            while left_at and not left_at[-1]:
                left_at.pop()
            continue
        arity = int(letter)
        counts[arity - 1][len(left_at) - 1] += arity
        left_at.append(arity)
    return np.array(counts, np.int16).ravel()
