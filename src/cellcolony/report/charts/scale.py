"""From values to places in a chart, and the round values that label an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_LOG, MOST_LOG = math.log(1e-300), math.log(1e300)
"""The farthest that a logarithmic axis reaches."""
FINEST = 1e-300
"""The least distance of round values."""
FEW = 8.0
"""A logarithmic axis that spans less than this factor is labelled like a linear one."""


@dataclass(frozen=True)
class Scale:
    """Takes values to pixels.

    Attributes:
        low, high: The values at the ends; `low` is less.
        start, end: Their places.
        log: Whether equal factors, not equal differences, are equally far apart.
        whole: Whether the values count something, so that labels are whole numbers.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    whole: bool = False

    def __call__(self, value: float) -> float:
        """Return a value's place."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self, most: int) -> list[float]:
        """Return round values within the axis, about as many as fit."""
        if self.log and self.high / self.low >= FEW:
            return self._log_ticks(most)
        finest = 1.0 if self.whole else FINEST
        step = _round_step(max((self.high - self.low) / max(most, 1), finest))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [step * i for i in range(first, last + 1)]

    def _log_ticks(self, most: int) -> list[float]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        found: list[float] = []
        for digits in ((1, 2, 5), (1, 3), (1,)):
            values = [digit * 10.0**decade for decade in decades for digit in digits]
            found = [value for value in values if self.low <= value <= self.high]
            if len(found) <= most:
                return found
        return found[:: -(-len(found) // most)]


def padded(values: list[float], log: bool = False, share: float = 0.05) -> tuple[float, float]:
    """Return the ends of an axis that holds all values, with some room around them."""
    low, high = min(values), max(values)
    if log:
        room = share * (math.log(high) - math.log(low)) if high > low else math.log(1.25)
        ends = math.log(low) - room, math.log(high) + room
        return math.exp(max(ends[0], LEAST_LOG)), math.exp(min(ends[1], MOST_LOG))
    room = share * (high - low) or abs(high) * share or 1.0
    return low - room, high + room


def label(value: float) -> str:
    """Return a value as an axis shows it."""
    if abs(value) >= 1e6 or 0 < abs(value) < 1e-4:
        return f"{value:.3g}"
    if abs(value) >= 1000 and value == round(value):
        return f"{value:,.0f}"
    return f"{value:.6g}"


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    for digit in (1, 2, 5):
        if digit * power >= least * (1 - 1e-9):
            return digit * power
    return 10 * power
