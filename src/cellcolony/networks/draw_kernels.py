"""The compiled loops over draws of a network's weights: each lane trains and scores one of them.

They run from a copy in the cache folder, on top of the copy of `kernels.py` whose lanes are draws.
No lane's numbers depend on another's.
"""

from __future__ import annotations

import numpy as np

from cellcolony.cells.lower.simd import integers
from cellcolony.networks.epochs import update
from cellcolony.networks.kernels import (
    backward,
    begin_window,
    collect_gradient,
    forward,
    reals,
    spread_weights,
)


def train(
    theta, alive, rates, settings, layout, memory, batches, optimizer, stop, n_updates
) -> bool:
    """Go through all windows once, and change the weights of the living draws after each.

    Args:
        theta: `(n_weights * lanes,)`: the weights, changed.
        alive: `(lanes,) uint8`: which draws are trained; 0 is written where one diverges.
        rates: `(n_windows,) float64`: the learning rate of each update.
        settings: See `Settings` in `protocol.py`.
        layout: What is computed.
        memory: Where.
        batches: On what, in one lane.
        optimizer: `(3, n_weights * lanes)`: room for the gradient, then the optimizer's memory.
        stop: `(1,) uint8`: nonzero ends it before the next update.
        n_updates: Updates before.

    Returns:
        False where the stop flag ended it.
    """
    gradient, first, second = optimizer[0], optimizer[1], optimizer[2]
    for window in range(batches.n_windows):
        begin_window(layout, memory, batches, window)
        spread_weights(theta, layout, memory)
        if not forward(layout, memory, integers(batches.n_steps)[window], stop):
            return False
        backward(layout, memory, batches, window, settings.loss, stop)
        if stop[0]:
            return False
        collect_gradient(layout, memory, gradient)
        n_updates += 1
        for i in range(alive.size):
            if alive[i] and not update(
                theta, gradient, first, second, settings, rates[window], n_updates, i, alive.size
            ):
                alive[i] = 0
    return True


def score(theta, layout, memory, batches, errors, stop) -> bool:
    """Add up each draw's absolute errors over all outputs and counted steps, without their mean.

    Args:
        theta: `(n_weights * lanes,)`.
        layout: What is computed.
        memory: Where.
        batches: On what, in one lane.
        errors: `(lanes,) float64`, written.
        stop: `(1,) uint8`.

    Returns:
        False where the stop flag ended it.
    """
    spread_weights(theta, layout, memory)
    for lane in range(errors.size):
        errors[lane] = 0
    lanes, row, n_outputs = layout.lanes, layout.stride, layout.n_outputs
    n_steps, slots, y = integers(batches.n_steps), integers(layout.output_slots), reals(memory.y)
    counts, targets = reals(batches.counts), reals(batches.targets)
    for window in range(batches.n_windows):
        begin_window(layout, memory, batches, window)
        if not forward(layout, memory, n_steps[window], stop):
            return False
        for t in range(n_steps[window]):
            at = (layout.history + t) * row
            step = window * batches.longest + t
            if counts[step] == 0:
                continue
            for o in range(n_outputs):
                target = np.float64(targets[step * n_outputs + o])
                for lane in range(lanes):
                    errors[lane] += abs(np.float64(y[at + slots[o] + lane]) - target)
    return True
