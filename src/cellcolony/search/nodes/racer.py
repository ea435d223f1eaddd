"""A node in a race, and what is known of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError


@dataclass(frozen=True)
class Racer:
    """A node that is trained, or waits to be trained longer.

    Attributes:
        number: Its number as a candidate.
        tree: The node.
        rate: The factor of its learning rate.
        rung: Where it runs, or has run last.
        loss: Its validation loss; infinite before its training.
    """

    number: int
    tree: Tree
    rate: float
    rung: int = 0
    loss: float = math.inf

    @property
    def niche(self) -> str:
        """All are compared with all."""
        return ""

    @property
    def order(self) -> tuple[float, int]:
        """The best come first, of equals the earliest."""
        return self.loss, self.number

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "number": self.number,
            "tree": self.tree.text,
            "rate": self.rate,
            "rung": self.rung,
            "loss": None if math.isinf(self.loss) else self.loss,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], bias: bool) -> Racer:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            GenomeError: A text is no tree.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        loss = math.inf if data["loss"] is None else float(data["loss"])
        number, rung, rate = int(data["number"]), int(data["rung"]), float(data["rate"])
        if min(number, rung) < 0 or math.isnan(loss) or not 0 < rate < math.inf:
            raise ConfigError("The state of the race holds a value that is impossible.")
        return Racer(number, Tree.from_dict({"tree": data["tree"], "bias": bias}), rate, rung, loss)
