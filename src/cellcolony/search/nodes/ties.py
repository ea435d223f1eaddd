"""Which new elements are a memory's next value (section 3.1)."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree_element import MEMORIES, Element


def tied_by_chance(new: Element, modi_rate: float, rng: np.random.Generator) -> Element:
    """Tie a newly made element to memory output c or d, if it has a path from a memory leaf.

    Args:
        new: The element, which is not a tree's root.
        modi_rate: The chance that it is tied.
        rng: Draws whether, and to which; not asked where there is no such path.
    """
    if new.reads_memory and rng.random() < modi_rate:
        return new.tied(MEMORIES[rng.integers(len(MEMORIES))])
    return new
