"""What each setting of node evolution may be; what cannot be is answered with its cure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cellcolony.cells.tree_element import MOST_HEIGHT
from cellcolony.errors import ConfigError, brief

if TYPE_CHECKING:
    from cellcolony.search.nodes.evolution import NodeEvolution

_LEAST = {
    "population": 1,
    "generations": 1,
    "most_active": 1,
    "most_inactive": 0,
    "stagnation": 1,
    "n_parents": 1,
    "tournament": 1,
    "most_tries": 1,
    "start_height": 2,
    "most_height": 2,
}
"""The smallest value of each setting that is a whole number."""
MOST = 100_000
MOST_START_HEIGHT = 14
"""The highest full tree that is not too large has 381 elements."""
_RATES = ("crossover_rate", "insert_rate", "shrink_rate", "replace_rate", "modi_rate")
MOST_THRESHOLD = 1e6
"""Trees of the largest size cannot be as far apart."""


def check(settings: NodeEvolution) -> None:
    """Check every setting.

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """
    for name, least in _LEAST.items():
        value = getattr(settings, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        _require(name, whole and value >= least, f"be a whole number of at least {least}", value)
        _require(name, value <= MOST, f"be at most {MOST:,}", value)
    for name in _RATES:
        value = getattr(settings, name)
        _require(name, _is_number(value) and 0 <= value <= 1, "be a number in [0, 1]", value)
    mutations = settings.insert_rate + settings.shrink_rate + settings.replace_rate
    must = "be above 0 where `shrink_rate` and `replace_rate` are 0: no tree would ever change"
    _require("insert_rate", mutations > 0, must, settings.insert_rate)
    threshold = settings.threshold
    inside = _is_number(threshold) and 0 <= threshold <= MOST_THRESHOLD
    _require("threshold", inside, f"be a number from 0 to {MOST_THRESHOLD:g}", threshold)
    _require("bias", isinstance(settings.bias, bool), "be true or false", settings.bias)
    most, start = settings.most_height, settings.start_height
    _require("most_height", most <= MOST_HEIGHT, f"be at most {MOST_HEIGHT}", most)
    fits = start % 2 == 0 and start <= min(most, MOST_START_HEIGHT)
    _require("start_height", fits, f"be even, and at most `most_height`, {most}", start)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _require(name: str, met: object, must: str, value: object) -> None:
    if not met:
        raise ConfigError(f"`{name}` must {must}. Got {brief(value)}.")
