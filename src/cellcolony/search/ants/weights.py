"""Weights handed down: the colony inherits from good networks (ASNE, section 3.1, Eq. 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.subnetwork import Subnetwork

MAX_PHI = 0.9
"""The largest share that one network passes on (the authors' program)."""

BY_FUNCTION, NOT_AT_ALL = "function", "none"
MODES = (BY_FUNCTION, NOT_AT_ALL)
"""Phi by the network's rank among losses, or weights drawn anew for each network."""


def phi_by_function(loss: float, losses: Sequence[float]) -> float:
    """Return the share that a network's weights get in the colony's (Eq. 1).

    `clip((f_worst - f) / (f_worst - f_best), 0, 0.9)`: the best network gives most. The authors'
    program has it inverted. 0 when all losses are equal: the colony's weights stay.

    Args:
        loss: The network's validation loss f.
        losses: The population's losses after the network was inserted.
    """
    best, worst = min(losses), max(losses)
    if worst == best:
        return 0.0
    return min(max((worst - loss) / (worst - best), 0.0), MAX_PHI)


def share_of(mode: str | float, loss: float, losses: Sequence[float]) -> float:
    """Return phi under the setting: by function, constant, or 0 where weights are drawn anew."""
    if mode == BY_FUNCTION:
        return phi_by_function(loss, losses)
    return 0.0 if isinstance(mode, str) else mode


def handed_down(
    colony: Colony,
    subnetwork: Subnetwork,
    weights: NDArray[np.floating],
    phi: float,
    epochs: float,
) -> Colony:
    """Return the colony with `phi w_network + (1 - phi) w_colony` for the weights of one network.

    Cell weights are handed down as well, for each node and cell type; the authors' program drew
    them anew. The epochs behind each weight are mixed in the same way [ours].

    Args:
        colony: What inherits.
        subnetwork: Which of the colony's weights the network has.
        weights: The trained weights, `(n_all_weights,)`, in the canonical order of `Network`.
        phi: The network's share.
        epochs: How many epochs the network was trained in all, those behind its starting weights
            included.
    """
    at = subnetwork.weight_positions(colony.layout)
    mixed, mixed_epochs = colony.weights.copy(), colony.epochs.copy()
    mixed[at] = phi * weights + (1.0 - phi) * mixed[at]
    mixed_epochs[at] = phi * epochs + (1.0 - phi) * mixed_epochs[at]
    return replace(colony, weights=mixed, epochs=mixed_epochs)


def epochs_behind(colony: Colony, subnetwork: Subnetwork) -> int:
    """Return how many epochs of training the weights that a network starts from have received.

    The most of any of its weights, rounded up: who is given as many has at least as much [ours].
    """
    at = subnetwork.weight_positions(colony.layout)
    return math.ceil(round(float(colony.epochs[at].max(initial=0.0)), 6))
