"""A series of our own making, for a demonstration without a file: what leaves a heated vessel.

What flows in is felt only rows later, its heating acts on it at another delay, and how much of
either arrives depends on a crust that nobody measures: it grows while the valve is shut, and washes
off while it is open. So a forecast needs the right lags of the right columns, their product, and a
memory.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TARGET = "outlet"
FLOW_DELAY, HEAT_DELAY = 7, 13
"""Rows until the flow, and until the heating, is felt at the outlet."""
GROWTH, WASHING = 0.02, 0.08
"""By which share of what is left the crust grows, and washes off, in a row."""
CLOGGED = 0.7
"""By how much a full crust weakens what arrives."""
SWITCHES = 0.03
"""The probability that the valve opens or shuts in a row."""


def vessel(rng: np.random.Generator, n_rows: int = 4000, noise: float = 0.03) -> pd.DataFrame:
    """Return three sensors and a valve.

    Args:
        rng: Draws the flow, the heating, the valve and the noise; the same state gives the same
            table.
        n_rows: The length of the table.
        noise: The standard deviation of what is read at the outlet; without it the outlet has about
            0.6.

    Returns:
        `outlet`, the natural target; `flow` and `heat`, which lead it by `FLOW_DELAY` and
        `HEAT_DELAY` rows; `valve`, 1 while it is open.
    """
    n = n_rows + HEAT_DELAY + 1
    flow, heat = _smooth(rng, n, 0.3), _smooth(rng, n, 0.6)
    valve = (np.cumsum(rng.random(n) < SWITCHES) % 2).astype(float)
    outlet, crust = np.zeros(n), 0.5
    for t in range(HEAT_DELAY, n - 1):
        crust += GROWTH * (1 - crust) * (1 - valve[t]) - WASHING * crust * valve[t]
        fed = flow[t + 1 - FLOW_DELAY]
        driven = np.tanh(1.5 * fed) + 0.8 * fed * heat[t + 1 - HEAT_DELAY]
        outlet[t + 1] = 0.4 * outlet[t] + (1 - CLOGGED * crust) * driven
    read = outlet + rng.normal(0.0, noise, n)
    columns = {"outlet": read, "flow": flow, "heat": heat, "valve": valve}
    return pd.DataFrame(columns).iloc[-n_rows:].reset_index(drop=True)


def _smooth(rng: np.random.Generator, n: int, kept: float) -> NDArray[np.float64]:
    """Return `(n,)` of an autoregressive process of deviation 1 that keeps a share of itself."""
    drawn = rng.normal(0.0, np.sqrt(1 - kept**2), n)
    for t in range(1, n):
        drawn[t] += kept * drawn[t - 1]
    return drawn
