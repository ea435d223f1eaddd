"""An offspring: a tree that was not evaluated yet, and how it came to be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError

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

    tree: Tree
    parents: tuple[int, ...] = ()
    operations: tuple[str, ...] = (START,)
    parent_loss: float = math.inf
    vain: Mapping[str, int] = field(default_factory=dict)

    @property
    def how(self) -> dict[str, Any]:
        """How it was made, for the journal."""
        return {
            "operation": self.operations[0],
            "operations": list(self.operations),
            "tries": 1 + sum(self.vain.values()),
            "vain": dict(self.vain),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "tree": self.tree.text,
            "parents": list(self.parents),
            "operations": list(self.operations),
            "parent_loss": self.parent_loss,
            "vain": dict(self.vain),
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], bias: bool) -> Offspring:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A number cannot be, or there is no operation.
            GenomeError: The text is no tree.
        """
        found = Offspring(
            Tree.from_dict({"tree": data["tree"], "bias": bias}),
            tuple(map(int, data["parents"])),
            tuple(map(str, data["operations"])),
            float(data["parent_loss"]),
            {str(reason): int(n) for reason, n in data["vain"].items()},
        )
        counts = (0, *found.parents, *found.vain.values())
        if not found.operations or min(counts) < 0 or math.isnan(found.parent_loss):
            raise ConfigError(f"A saved offspring cannot be: {counts[:4]}, {found.parent_loss}.")
        return found
