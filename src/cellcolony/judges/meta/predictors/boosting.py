"""Gradient boosting of regression trees on the first marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.judges.meta.curve import Prefixes
from cellcolony.judges.meta.predictors import PREDICTORS, Arrays, array_of

N_TREES, RATE, DEPTH, SUBSAMPLE = 300, 0.05, 3, 0.7
LEAF = -1
"""Stands for the children of a leaf."""


@PREDICTORS.register("boosting")
@dataclass(frozen=True, eq=False)
class Boosting:
    """Sums of small regression trees; how many is chosen on validation.

    What they add is the difference between the last known mark and the end, so that they need not
    tell the level of a curve by steps [ours].

    Attributes:
        start: `(1,)`, what is predicted before the first tree.
        mark: `(trees, nodes) int64`: which mark a node looks at.
        bound: `(trees, nodes)`: where the mark is not above it, the left child follows.
        left: `(trees, nodes) int64`: the left child, -1 for a leaf.
        right: `(trees, nodes) int64`: the right one.
        value: `(trees, nodes)`: what a leaf adds.
    """

    title: ClassVar[str] = "gradient boosting"
    source: ClassVar[str] = "Friedman 2001"

    start: NDArray[np.float64]
    mark: NDArray[np.int64]
    bound: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]

    @classmethod
    def fit(cls, train: Prefixes, valid: Prefixes, seed: int) -> Boosting:
        """Grow the trees, and keep as many of the first ones as are best on validation."""
        from sklearn.ensemble import GradientBoostingRegressor

        model = GradientBoostingRegressor(
            n_estimators=N_TREES, learning_rate=RATE, max_depth=DEPTH, subsample=SUBSAMPLE,
            random_state=seed % 2**32,
        )  # fmt: skip
        model.fit(train.first, train.final - train.first[:, -1])
        start = float(model.init_.predict(train.first[:1])[0])  # pyright: ignore
        trees = [one.tree_ for one in model.estimators_[:, 0]]
        shape = len(trees), max(one.node_count for one in trees)
        mark, left, right = (np.full(shape, fill, np.int64) for fill in (0, LEAF, LEAF))
        bound, value = np.zeros(shape), np.zeros(shape)
        for i, one in enumerate(trees):
            at = i, slice(0, one.node_count)
            mark[at] = np.maximum(one.feature, 0)
            bound[at] = np.where(one.feature < 0, 0.0, one.threshold)
            left[at], right[at] = one.children_left, one.children_right
            value[at] = RATE * one.value[:, 0, 0]
        grown = cls(np.array([start]), mark, bound, left, right, value)
        sums = grown._sums(valid.first) + valid.first[:, -1:]  # (curves, trees + 1)
        n = int(np.argmin((np.abs(sums - valid.final[:, None]) / valid.final[:, None]).mean(0)))
        n = max(n, 1)
        return cls(grown.start, mark[:n], bound[:n], left[:n], right[:n], value[:n])

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the last marks, and what all trees add."""
        return first[:, -1] + self._sums(first)[:, -1]

    def _sums(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the first trees add, from none of them to all: `(curves, trees + 1)`."""
        marks = first.astype(np.float32)  # as the trees were grown
        rows, trees = np.arange(len(first))[:, None], np.arange(len(self.mark))[None]
        at = np.zeros((len(first), len(self.mark)), np.int64)
        for _ in range(self.mark.shape[1]):
            is_left = marks[rows, self.mark[trees, at]] <= self.bound[trees, at]
            below = np.where(is_left, self.left[trees, at], self.right[trees, at])
            if (below == LEAF).all():
                break
            at = np.where(below == LEAF, at, below)
        return np.cumsum(np.pad(self.value[trees, at], ((0, 0), (1, 0))), 1) + self.start

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the trees."""
        return dict(vars(self))

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_first: int) -> Boosting:
        """Read the trees.

        Raises:
            KeyError, ValueError: An array is missing, of another shape or kind, or no tree.
        """
        mark = array_of(arrays, "mark", (None, None), np.int64)
        left, right = (array_of(arrays, name, mark.shape, np.int64) for name in ("left", "right"))
        bound, value = (array_of(arrays, name, mark.shape) for name in ("bound", "value"))
        own = np.arange(mark.shape[1])
        for child in (left, right):  # children come after their parents: no path is a circle
            if not ((child == LEAF) | ((child > own) & (child < mark.shape[1]))).all():
                raise ValueError("a node of a tree has a child that cannot be")
        sound = ((left == LEAF) == (right == LEAF)).all() and ((mark >= 0) & (mark < n_first)).all()
        if not sound or not mark.size:
            raise ValueError("a node of a tree has one child, or looks at no mark")
        return cls(array_of(arrays, "start", (1,)), mark, bound, left, right, value)
