"""Orders of the rows of a series in which a column no longer fits the others.

Rows are shuffled in blocks: within one a column keeps its own course, so that a network that takes
the difference of two steps does not see jumps that no data have. The blocks are cut at random
places, so that no block begins at the same time of a day, or of any other period, as the one whose
place it takes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 16
"""Rows of a block in the mean, where the network does not read farther back."""
LEAST_BLOCKS = 10
"""Short series have shorter blocks instead of fewer."""


def shuffled_rows(
    scored: NDArray[np.bool_], longest_lag: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the rows of a series in another order.

    The rows from the first scored one on are shuffled among themselves, and so are those before it:
    a column that has drifted since the training rows does not look important by that alone.

    Args:
        scored: `(time,)`: which steps are scored.
        longest_lag: How many steps back the network reads a column.
        rng: Draws the cuts and the order.

    Returns:
        `(time,)`: the row that each step has instead.
    """
    first = int(scored.argmax()) if scored.any() else len(scored)
    block = max(BLOCK, 2 * longest_lag)
    before, after = _shuffled(first, block, rng), _shuffled(len(scored) - first, block, rng)
    return np.concatenate([before, first + after])


def _shuffled(n_rows: int, block: int, rng: np.random.Generator) -> NDArray[np.int64]:
    rows = np.arange(n_rows)
    n_blocks = min(n_rows, max(n_rows // block, LEAST_BLOCKS))
    if n_blocks < 2:
        return rows
    cuts = 1 + np.sort(rng.choice(n_rows - 1, n_blocks - 1, replace=False))
    blocks = np.split(rows, cuts)
    return np.concatenate([blocks[i] for i in rng.permutation(n_blocks).tolist()])
