"""An offspring: a tree that was not evaluated yet, and how it came to be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import MinLen

from cellcolony.search.nodes.saved import Loss, Natural, SavedTree

START, CLONE = "start", "clone"
"""Operations besides crossover and mutations: a first tree, and what takes a vain one's place."""


@dataclass(frozen=True)
class Offspring:
    """A tree on its way to be evaluated.

    Attributes:
        tree: The tree.
        parents: The numbers of its parents as candidates.
        operations: What was done, in order.
        parent_loss: The best loss of its parents, infinite for none: what may be hoped for.
        vain: How many earlier tries were given up, by the reason.
    """

    tree: SavedTree
    parents: tuple[Natural, ...] = ()
    operations: Annotated[tuple[str, ...], MinLen(1)] = (START,)
    parent_loss: Loss = math.inf
    vain: Mapping[str, Natural] = field(default_factory=dict)

    @property
    def how(self) -> dict[str, Any]:
        """How it was made, for the journal."""
        return {
            "operation": self.operations[0],
            "operations": list(self.operations),
            "tries": 1 + sum(self.vain.values()),
            "vain": dict(self.vain),
        }
