"""The compiled loop of a training: all updates of all epochs, and the validation after each.

It runs from a copy in the cache folder, on top of the copies of `kernels.py` and
`scoring_kernels.py` of the same precision. Their vectors may differ in width: training may have
many lanes, while few series are scored in one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cellcolony.cells.lower.simd import integers
from cellcolony.networks.kernels import (
    KERNEL,
    backward,
    begin_window,
    collect_gradient,
    forward,
    spread_weights,
)
from cellcolony.networks.scoring_kernels import score

FINISHED, STOPPED, DIVERGED = 0, 1, 2
"""What `train` may end with."""

NESTEROV, ADAM = 0, 1
"""Optimizers."""


@njit(**KERNEL)
def update(theta, gradient, first, second, settings, rate, n_updates):
    """Change the weights by one step of the optimizer; returns False for a gradient beyond numbers.

    Args:
        theta: The weights, `(n_weights,)`.
        gradient: `(n_weights,)`.
        first: The optimizer's memory of gradients, `(n_weights,)`.
        second: Adam's memory of their squares, `(n_weights,)`.
        settings: See `Settings` in `protocol.py`.
        rate: The learning rate.
        n_updates: Updates so far, this one included.
    """
    norm = 0.0
    for i in range(theta.size):
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
    for i in range(theta.size):
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
        theta[i] = min(max(theta[i] - rate * step, -limit), limit)
    return True


@njit(**KERNEL)
def train(
    theta, best, curve, rates, settings, training, validation, optimizer, errors, stop, n_known
):
    """Train a network: all epochs, updates and validation; or go on with an earlier training.

    Args:
        theta: `(n_weights,)`: the weights to start from; on return the last ones.
        best: `(n_weights,)`, written: the weights of the epoch with the lowest validation loss; the
            starting weights count as an epoch. Where a training goes on, its best ones so far.
        curve: `(n_epochs + 1,) float64`, written from number `n_known` on: the validation loss, a
            mean absolute error over outputs and counted steps, of the starting weights and after
            each epoch.
        rates: `(n_epochs, n_windows) float64`: the learning rate of each update, those of the
            epochs that are done included.
        settings: See `Settings` in `protocol.py`.
        training: What is computed in training, where and on what: layout, memory and batches.
        validation: The same of validation.
        optimizer: `(3, n_weights)`: room for the gradient, then the optimizer's memory: 0 for a
            training that starts; on return as after the last update.
        errors: `(2, n_outputs) float64`: room for the sums of errors.
        stop: `(1,) uint8`: nonzero ends the training before the next update.
        n_known: How many numbers of `curve` are known; 0 for a training that starts.

    Returns:
        How it ended, and how many epochs are finished, those of the earlier training included.
    """
    layout, memory, batches = training
    valid_layout, valid_memory, valid_batches = validation
    gradient, first, second = optimizer[0], optimizer[1], optimizer[2]
    n_valid = max(valid_batches.n_counted, 1) * errors.shape[1]
    n_updates = max(n_known - 1, 0) * batches.n_windows
    lowest = np.inf
    for epoch in range(n_known):
        lowest = min(lowest, curve[epoch])
    for epoch in range(n_known, rates.shape[0] + 1):
        if epoch > 0:
            for window in range(batches.n_windows):
                if stop[0]:
                    return STOPPED, epoch - 1
                begin_window(layout, memory, batches, window)
                spread_weights(theta, layout, memory)
                if not forward(layout, memory, integers(batches.n_steps)[window], stop):
                    return STOPPED, epoch - 1
                loss = backward(layout, memory, batches, window, settings.loss, stop)
                if stop[0]:
                    return STOPPED, epoch - 1
                collect_gradient(layout, memory, gradient)
                n_updates += 1
                rate = rates[epoch - 1, window]
                if not np.isfinite(loss) or not update(
                    theta, gradient, first, second, settings, rate, n_updates
                ):
                    return DIVERGED, epoch - 1
        if not score(theta, valid_layout, valid_memory, valid_batches, errors, stop):
            return STOPPED, max(epoch - 1, 0)
        curve[epoch] = errors[0].sum() / n_valid
        if not np.isfinite(curve[epoch]):
            return DIVERGED, epoch
        if curve[epoch] < lowest:
            lowest = curve[epoch]
            for i in range(theta.size):  # a slice brings messages that compile for 2 seconds
                best[i] = theta[i]
    return FINISHED, rates.shape[0]
