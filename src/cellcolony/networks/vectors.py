"""How wide the vectors are that a sparse network is computed with.

A register of AVX-512 holds 16 floats. In many lanes it is filled; in one lane a vector spans nodes
of one group, of which there are few: then most of 16 places are empty, while their weights fill the
cache. So one lane is computed with vectors of `ONE_LANE`.
"""

from __future__ import annotations

import os

from cellcolony.cells.lower.simd import VECTOR, WIDTHS
from cellcolony.errors import ConfigError

ONE_LANE = 8
"""Floats in a vector where one sequence is computed, on any machine."""
WIDTH = "CELLCOLONY_VECTOR"
"""The environment variable that asks for a width: for benchmarks."""


def width_of_lanes() -> int:
    """Return how many floats a vector holds where many sequences are computed side by side.

    Raises:
        ConfigError: `CELLCOLONY_VECTOR` asks for none of `simd.WIDTHS`.
    """
    return _asked() or VECTOR


def width_of_one_lane() -> int:
    """Return the same where a single sequence is computed."""
    return _asked() or ONE_LANE


def _asked() -> int | None:
    asked = os.environ.get(WIDTH)
    if not asked:
        return None
    if asked not in map(str, WIDTHS):
        known = ", ".join(map(str, WIDTHS))
        raise ConfigError(f"`{WIDTH}` must be one of {known}. Got {asked!r}.")
    return int(asked)
