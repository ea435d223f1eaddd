"""A chaotic series of our own making, for a demonstration without a file.

Source: M. C. Mackey and L. Glass, "Oscillation and Chaos in Physiological Control Systems",
Science 197 (1977), the equation of a blood cell count with a delay; the parameters that the
forecasting literature settled on (delay 17, exponent 10).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TARGET = "count"
GROWTH, DECAY, EXPONENT, DELAY = 0.2, 0.1, 10, 17.0
STEP = 0.1
"""Units of time of one Euler step."""
SAMPLING = 6.0
"""Units of time between two rows."""
TRANSIENT = 500.0
"""Units of time that are thrown away: the way from the random start to the attractor."""


def mackey_glass(n_rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return `(n_rows,)` samples of dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t).

    Args:
        n_rows: How many, 6 units of time apart.
        rng: Draws the history before the start.
    """
    n_delay, n_between = round(DELAY / STEP), round(SAMPLING / STEP)
    n_steps = round(TRANSIENT / STEP) + n_rows * n_between
    x = rng.uniform(0.5, 1.3, size=n_delay + 1).tolist()
    for i in range(n_steps):
        delayed, now = x[i], x[-1]
        x.append(now + STEP * (GROWTH * delayed / (1.0 + delayed**EXPONENT) - DECAY * now))
    return np.array(x[-n_rows * n_between :])[::n_between]


def noisy_sensors(
    rng: np.random.Generator, n_rows: int = 4000, noise: float = 0.01
) -> pd.DataFrame:
    """Return three sensors on one Mackey-Glass process.

    Args:
        rng: Draws the start and the noise; the same state gives the same table.
        n_rows: The length of the table.
        noise: The standard deviation of each reading; the process itself has about 0.23.

    Returns:
        `count`, the process; `slow`, a sensor that follows it slowly; `saturated`, one that
        flattens what is high. `count` is the natural target.
    """
    x = mackey_glass(n_rows, rng)
    slow = np.empty(n_rows)
    level = x[0]
    for i in range(n_rows):
        level += 0.3 * (x[i] - level)
        slow[i] = level
    readings = np.stack([x, slow, np.tanh(1.5 * x)], 1)  # (n_rows, 3)
    readings += rng.normal(0.0, noise, readings.shape)
    return pd.DataFrame(readings, columns=["count", "slow", "saturated"])
