"""The compiled loops over many windows without gradients: score a network, predict with it.

They run from a copy in the cache folder, on top of the copy of `kernels.py` of the same precision
and width of vectors.
"""

from __future__ import annotations

import numpy as np

from cellcolony.cells.lower.simd import integers
from cellcolony.networks.kernels import begin_window, forward, reals, spread_weights


def score(theta, layout, memory, batches, errors, stop) -> bool:
    """Add up each output's errors over all counted steps, without their mean.

    Args:
        theta: `(n_weights,)`.
        layout: What is computed.
        memory: Where.
        batches: On what.
        errors: `(2, n_outputs) float64`, written: sums of absolute and of squared errors.
        stop: `(1,) uint8`.

    Returns:
        False where the stop flag ended it.
    """
    spread_weights(theta, layout, memory)
    lanes, row, n_outputs = layout.lanes, layout.stride, layout.n_outputs
    for o in range(n_outputs):
        errors[0, o] = 0
        errors[1, o] = 0
    n_steps, slots, y = integers(batches.n_steps), integers(layout.output_slots), reals(memory.y)
    counts, targets = reals(batches.counts), reals(batches.targets)
    for window in range(batches.n_windows):
        begin_window(layout, memory, batches, window)
        if not forward(layout, memory, n_steps[window], stop):
            return False
        for t in range(n_steps[window]):
            at = (layout.history + t) * row
            step = window * batches.longest + t
            for o in range(n_outputs):
                for lane in range(lanes):
                    if counts[step * lanes + lane] == 0:
                        continue
                    target = targets[(step * n_outputs + o) * lanes + lane]
                    error = np.float64(y[at + slots[o] + lane]) - np.float64(target)
                    errors[0, o] += abs(error)
                    errors[1, o] += error * error
    return True


def predict(theta, layout, memory, batches, outputs, stop) -> bool:
    """Write the outputs at every step, `(window, time, output, lane)`."""
    spread_weights(theta, layout, memory)
    slots, y = integers(layout.output_slots), reals(memory.y)
    for window in range(batches.n_windows):
        begin_window(layout, memory, batches, window)
        n_steps = integers(batches.n_steps)[window]
        if not forward(layout, memory, n_steps, stop):
            return False
        for t in range(n_steps):
            at = (layout.history + t) * layout.stride
            for o in range(layout.n_outputs):
                for lane in range(layout.lanes):
                    outputs[window, t, o, lane] = y[at + slots[o] + lane]
    return True
