"""What a name fills a layer with: a cell, or a recurrent highway network of some depth.

A recurrent highway network deeper than 1 has matrices within a step, so no cell is one. Its layer
computes the cell `rhn` several times in each step: `rhn-5` five times (Zilly et al. 2017).
"""

from __future__ import annotations

import re

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.layers.layer import MOST_DEPTH, Layer, layer_of

HIGHWAY = "rhn"
_DEEP = re.compile(rf"{HIGHWAY}-(\d+)")


def kind_of(name: str) -> Layer:
    """Return what a name means, as a layer of one unit.

    Args:
        name: A cell as for `cells.get`, or `rhn-1` to `rhn-10`.

    Raises:
        ConfigError: There is none; the message names the nearest one, or the depths that can be.
    """
    deep = _DEEP.fullmatch(name)
    if deep is None:
        return layer_of(cells.get(name), 1)
    depth = int(deep[1]) if len(deep[1]) <= 3 else MOST_DEPTH + 1
    if not 1 <= depth <= MOST_DEPTH:
        raise ConfigError(
            f"The depth of a recurrent highway network must be 1 to {MOST_DEPTH}, as in "
            f"{HIGHWAY}-5. Got {name!r}."
        )
    return Layer(layer_of(cells.get(HIGHWAY), 1).groups, depth)


def is_deep(name: str) -> bool:
    """Say whether a name is that of a recurrent highway network with a depth, possible or not."""
    return _DEEP.fullmatch(name) is not None
