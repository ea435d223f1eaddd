"""What models of a task are compared by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True)
class Measure:
    """What models of a task are compared by; lower is better.

    Attributes:
        name: What it is called in files: "mae".
        title: What it is called in a sentence: "MAE".
        loss: What the search minimises, in words: "scaled validation loss".
        of_loss: From a loss of the search to the measure; None where a loss alone does not tell.
        geometric: Whether the mean over seeds is that of the logarithms.
        others: What else models are scored by, beside it.
    """

    name: str
    title: str
    loss: str
    of_loss: Callable[[float], float] | None = None
    geometric: bool = False
    others: tuple[Measure, ...] = ()

    def mean(self, values: Sequence[float]) -> float:
        """Return the mean over targets or seeds: of perplexities, that of the mean loss."""
        if self.geometric:
            return math.exp(fmean(map(math.log, values)))
        return fmean(values)
