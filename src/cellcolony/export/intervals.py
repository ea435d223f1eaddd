"""The conformal state that an exported file begins with, so that its forecasts have intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellcolony.errors import ConfigError
from cellcolony.runs.conformal.adaptive import (
    LEAST_ERROR,
    USUAL,
    Adaptation,
    Settled,
    fewest,
    settled,
)
from cellcolony.runs.ensemble import Which
from cellcolony.runs.result import Result
from cellcolony.tasks.transform import Transform


@dataclass(frozen=True)
class Interval:
    """Intervals of one level around the forecasts of a network.

    Attributes:
        level: The share of what comes that is to lie within.
        history: How many rows of a series pass before the network's errors count.
        outputs: Where each output's stream of errors begins: what validation says.
        adaptation: How fast they follow the error.
        least_error: The recent error is never less, in scaled units.
    """

    level: float
    history: int
    outputs: tuple[Settled, ...]
    adaptation: Adaptation = USUAL
    least_error: float = LEAST_ERROR

    @property
    def fewest(self) -> int:
        """How many errors it takes for such a level."""
        return fewest(self.level)

    def halves(self, transform: Transform) -> list[float]:
        """Return how far they reach while no error is known, in each output's own unit."""
        widths = transform.target_scaling.width.tolist()
        return [one.half * width for one, width in zip(self.outputs, widths, strict=True)]

    @staticmethod
    def of(result: Result, level: float, number: Which) -> Interval:
        """Return the intervals of a network of a study, as `predict --interval` has them.

        Raises:
            ConfigError: The level is not between 0 and 1, or the study is no forecast.
            RunError: The study keeps too few errors on validation, or none.
        """
        if result.config.task["kind"] != "forecast":
            raise ConfigError("`interval` is for forecasts, and this study is none.")
        asked = result.asked(level, number)
        errors = asked.calibration.residuals.astype(np.float64)
        steps = result.transform.steps
        outputs = tuple(
            settled(own, step, level) for own, step in zip(errors.T, steps, strict=True)
        )
        return Interval(level, asked.history, outputs)
