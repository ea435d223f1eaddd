"""How far ahead is forecast: one number of rows, or an output for each of several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cellcolony.errors import ConfigError

MOST_STEPS = 1_000
"""Outputs that one target may have."""
RANGE = re.compile(r"\s*(\d{1,9})\s*\.\.\s*(\d{1,9})\s*")


def horizon_of(given: int | str) -> tuple[int | str, int | None]:
    """Return the horizon, and the first step where each step up to it has an output.

    Args:
        given: A number of rows, or a range such as "1..12".

    Raises:
        ConfigError: The range has no step, or too many.
    """
    if not isinstance(given, str):
        return given, None
    match = RANGE.fullmatch(given)
    if match is None:
        return (int(given) if given.strip().isdecimal() else given), None
    first, last = int(match[1]), int(match[2])
    if not 1 <= first < last < first + MOST_STEPS:
        raise ConfigError(
            f"`horizon` must be a number of rows, or a range of up to {MOST_STEPS:,} that rises "
            f"from 1 or more, such as 1..12. Got {given}."
        )
    return last, first


def steps_of(targets: Sequence[str], horizon: int, first: int | None) -> tuple[int, ...]:
    """Return how many rows ahead each output is, those of the first target first."""
    steps = (horizon,) if first is None else range(first, horizon + 1)
    return tuple(step for _ in targets for step in steps)


def outputs_of(targets: Sequence[str], horizon: int, first: int | None) -> tuple[str, ...]:
    """Return what outputs are called: the targets, or `y[t+1]`, `y[t+2]` and so on."""
    if first is None:
        return tuple(targets)
    return tuple(f"{target}[t+{step}]" for target in targets for step in range(first, horizon + 1))


def told(horizon: int, first: int | None) -> str:
    """Return how far ahead is forecast, in words: "1 row", "1 to 12 rows"."""
    if first is None:
        return f"{horizon:,} row{'' if horizon == 1 else 's'}"
    return f"{first:,} to {horizon:,} rows"
