"""Phi: which share of its weights a network hands down (ASNE, section 3.1, Eq. 1)."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.search.ants.settings import BY_FUNCTION

MAX_PHI = 0.9
"""The largest share that one network passes on (the authors' program)."""


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
