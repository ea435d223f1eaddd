"""Weights handed down: the colony inherits from good networks (ASNE, section 3.1)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.settings import NOT_AT_ALL
from cellcolony.search.ants.subnetwork import Subnetwork


def n_handed_down(layout: Layout, mode: str | float, cell_weights: bool) -> int:
    """Return how many of the colony's weights networks inherit: all, those of edges, or none.

    They are the first ones in the colony's order.
    """
    if mode == NOT_AT_ALL:
        return 0
    return layout.n_weights if cell_weights else layout.n_edges + layout.n_recurrent


def as_inherited(colony: Colony, n_kept: int, rng: np.random.Generator) -> Colony:
    """Return the colony as the next network finds it: weights not handed down are drawn anew."""
    layout = colony.layout
    if n_kept == layout.n_weights:
        return colony
    weights, epochs = layout.draw_weights(rng), np.zeros(layout.n_weights)
    weights[:n_kept], epochs[:n_kept] = colony.weights[:n_kept], colony.epochs[:n_kept]
    return replace(colony, weights=weights, epochs=epochs)


def starting_weights(
    colony: Colony, subnetwork: Subnetwork, scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights that a network begins with: the colony's, scaled where untrained.

    Args:
        colony: What it inherits from.
        subnetwork: Which of the colony's weights the network has.
        scale: See `initial_weights.scales`.

    Shapes:
        `(n_all_weights,)`, in the canonical order of `Network`.
    """
    at = subnetwork.weight_positions(colony.layout)
    return colony.weights[at] * np.where(colony.epochs[at] > 0.0, 1.0, scale)


def handed_down(
    colony: Colony,
    subnetwork: Subnetwork,
    weights: NDArray[np.floating],
    scale: NDArray[np.float64],
    phi: float,
    epochs: float,
    n_kept: int,
) -> Colony:
    """Return the colony with `phi w_network + (1 - phi) w_colony` for the weights of one network.

    Cell weights are handed down as well, for each node and cell type, unless `n_kept` leaves them
    out; the authors' program drew them anew. The epochs behind each weight are mixed in the same
    way [ours].

    Args:
        colony: What inherits.
        subnetwork: Which of the colony's weights the network has.
        weights: The trained weights, `(n_all_weights,)`, in the canonical order of `Network`.
        scale: See `initial_weights.scales`. The colony keeps untrained weights as they were drawn.
        phi: The network's share.
        epochs: How many epochs the network was trained in all, those behind its starting weights
            included.
        n_kept: How many of the colony's weights are handed down, the first ones.
    """
    if phi == 0.0:
        return colony
    at = subnetwork.weight_positions(colony.layout)
    mixed = phi * weights + (1.0 - phi) * starting_weights(colony, subnetwork, scale)
    mixed_epochs = phi * epochs + (1.0 - phi) * colony.epochs[at]
    mixed = np.where(mixed_epochs > 0.0, mixed, mixed / scale)
    kept = at < n_kept
    new_weights, new_epochs = colony.weights.copy(), colony.epochs.copy()
    new_weights[at[kept]], new_epochs[at[kept]] = mixed[kept], mixed_epochs[kept]
    return replace(colony, weights=new_weights, epochs=new_epochs)


def epochs_behind(colony: Colony, subnetwork: Subnetwork) -> int:
    """Return how many epochs of training the weights that a network starts from have received.

    The most of any of its weights, rounded up: who is given as many has at least as much [ours].
    """
    at = subnetwork.weight_positions(colony.layout)
    return math.ceil(round(float(colony.epochs[at].max(initial=0.0)), 6))
