"""The compiled loop of an epoch: every update of the weights, once through the data.

It runs from a copy in the cache folder, on top of the copy of `kernels.py` of the same precision
and width of vectors.
"""

from __future__ import annotations

import numpy as np

from cellcolony.cells.lower.simd import integers
from cellcolony.networks.kernels import (
    backward,
    begin_window,
    collect_gradient,
    forward,
    spread_weights,
)

FINISHED, STOPPED, DIVERGED = 0, 1, 2
"""What a training may end with."""

NESTEROV, ADAM = 0, 1
"""Optimizers."""


def update(theta, gradient, first, second, settings, rate, n_updates, lane, lanes) -> bool:
    """Change the weights by one step of the optimizer; returns False for a gradient beyond numbers.

    Args:
        theta: The weights, `(n_weights * lanes,)`.
        gradient: `(n_weights * lanes,)`.
        first: The optimizer's memory of gradients, `(n_weights * lanes,)`.
        second: Adam's memory of their squares, `(n_weights * lanes,)`.
        settings: See `Settings` in `protocol.py`.
        rate: The learning rate.
        n_updates: Updates so far, this one included.
        lane: Which of the lanes is changed.
        lanes: How many there are; each has weights of its own.
    """
    norm = 0.0
    for i in range(lane, theta.size, lanes):
        norm += np.float64(gradient[i]) * np.float64(gradient[i])
    norm = np.sqrt(norm)
    if not np.isfinite(norm):
        return False
    scale = 1.0
    if norm > settings.norm_cap:
        scale = settings.norm_cap / norm
    elif 0.0 < norm < settings.norm_floor:
        scale = settings.norm_floor / norm
    momentum, decay, limit = settings.momentum, settings.decay, settings.weight_limit
    for i in range(lane, theta.size, lanes):
        g = gradient[i] * scale
        first_i = momentum * first[i]
        if settings.optimizer == NESTEROV:
            first_i += g
            step = g + momentum * first_i
        else:
            first_i += (1.0 - momentum) * g
            second[i] = decay * second[i] + (1.0 - decay) * g * g
            mean = first_i / (1.0 - momentum**n_updates)
            deviation = np.sqrt(second[i] / (1.0 - decay**n_updates))
            step = mean / (deviation + 1e-8)
        first[i] = first_i
        kept = theta[i] * (1.0 - rate * settings.weight_decay)
        theta[i] = min(max(kept - rate * step, -limit), limit)
    return True


def train(theta, rates, settings, layout, memory, batches, optimizer, stop, n_updates) -> int:
    """Go through all windows once, and change the weights after each.

    Args:
        theta: `(n_weights,)`: the weights, changed.
        rates: `(n_windows,) float64`: the learning rate of each update.
        settings: See `Settings` in `protocol.py`.
        layout: What is computed.
        memory: Where.
        batches: On what.
        optimizer: `(3, n_weights)`: room for the gradient, then the optimizer's memory: 0 for a
            training that starts; on return as after the last update.
        stop: `(1,) uint8`: nonzero ends it before the next update.
        n_updates: Updates before.

    Returns:
        How it ended: `FINISHED`, `STOPPED` or `DIVERGED`.
    """
    gradient, first, second = optimizer[0], optimizer[1], optimizer[2]
    for window in range(batches.n_windows):
        if stop[0]:
            return STOPPED
        begin_window(layout, memory, batches, window)
        spread_weights(theta, layout, memory)
        if not forward(layout, memory, integers(batches.n_steps)[window], stop):
            return STOPPED
        loss = backward(layout, memory, batches, window, settings.loss, stop)
        if stop[0]:
            return STOPPED
        collect_gradient(layout, memory, gradient)
        n_updates += 1
        if not np.isfinite(loss) or not update(
            theta, gradient, first, second, settings, rates[window], n_updates, 0, 1
        ):
            return DIVERGED
    return FINISHED
