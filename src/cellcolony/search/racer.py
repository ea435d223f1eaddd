"""A genome in a race, and what is known of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cellcolony.contract import Genome
from cellcolony.errors import ConfigError

G = TypeVar("G", bound=Genome)

TOGETHER = ""
"""The niche of everybody where all are compared with all."""
OPENERS, IMMIGRANTS = "openers", "immigrants"
NICHES = (OPENERS, IMMIGRANTS)
"""Where lines race apart: those that begin with an opener, and those that begin at random."""


@dataclass(frozen=True)
class Racer(Generic[G]):
    """A genome that is trained, or waits to be trained longer.

    Attributes:
        number: Its number as a candidate.
        genome: A node's tree, or a mixture.
        rate: The factor of its learning rate.
        rung: Where it runs, or has run last.
        loss: Its validation loss; infinite before its training.
        niche: With whom it is compared: `TOGETHER`, or one of `NICHES`.
    """

    number: int
    genome: G
    rate: float
    rung: int = 0
    loss: float = math.inf
    niche: str = TOGETHER

    @property
    def order(self) -> tuple[float, int]:
        """The best come first, of equals the earliest."""
        return self.loss, self.number

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "number": self.number,
            self.genome.kind: self.genome.to_dict(),
            "rate": self.rate,
            "rung": self.rung,
            "loss": None if math.isinf(self.loss) else self.loss,
            "niche": self.niche,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], genome: Callable[[Any], G], kind: str) -> Racer[G]:
        """Read what `to_dict` wrote.

        Args:
            data: What it wrote.
            genome: Reads a genome.
            kind: What such genomes call themselves.

        Raises:
            ConfigError: A value cannot be.
            GenomeError: It holds no such genome.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        loss = math.inf if data["loss"] is None else float(data["loss"])
        number, rung, rate = int(data["number"]), int(data["rung"]), float(data["rate"])
        if min(number, rung) < 0 or math.isnan(loss) or not 0 < rate < math.inf:
            raise ConfigError("The state of the race holds a value that is impossible.")
        niche = str(data.get("niche", TOGETHER))
        return Racer(number, genome(data[kind]), rate, rung, loss, niche)
