"""What share of the test rows lay within intervals, and how wide these were, as a run keeps it."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from cellcolony.settings import Count, settings

LEVELS = (0.5, 0.8, 0.9, 0.95)
"""The shares that are asked for at the end of a forecast."""


@settings
class Coverage:
    """What share of the test rows lay within the intervals of one model.

    Attributes:
        target: The column that was forecast.
        level: The share that was asked for.
        covered: The share that lay within.
        width: How wide the intervals were in the mean, in own units.
        n_rows: How many rows were tested.
        model: The model, where it is not the best network: the ensemble.
    """

    target: str
    level: Annotated[float, Gt(0), Lt(1)]
    covered: Annotated[float, Ge(0), Le(1)]
    width: Annotated[float, Ge(0), Le(1e300)]
    n_rows: Count
    model: str = ""
