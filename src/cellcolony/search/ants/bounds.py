"""Bounds of the pheromone: fixed, or moving as in the program published with ASNE."""

from __future__ import annotations

from typing import NamedTuple

from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.pheromones.fitness import over_loss
from cellcolony.search.ants.settings import FIXED, AntSwarm


class Bounds(NamedTuple):
    """Between what a choice's pheromone is held when it receives a deposit.

    Attributes:
        floor: The least.
        cap: The most.
    """

    floor: float
    cap: float


def bounds_for(settings: AntSwarm, layout: Layout, newest: float | None) -> Bounds:
    """Return the bounds of the deposits made now.

    Args:
        settings: The colony's settings.
        layout: What the colony can build.
        newest: The loss of the network that entered the population last. Before there is one, the
            bounds are the fixed ones [ours].
    """
    if settings.bounds == FIXED or newest is None:
        return Bounds(settings.pheromone_floor, settings.pheromone_cap)
    return published(settings.deposit_rate, newest, layout.n_lines)


def published(rate: float, newest: float, n_lines: int) -> Bounds:
    """Return the moving bounds: the cap 1 / (rho f), and the floor cap / (2 n).

    f is the loss of the network that entered the population last, and n counts the colony's start
    edges, edges and recurrent edges. A loss of 0 or less counts as `SMALLEST_LOSS` [ours]. The
    floor often lies above the initial pheromone: then the choice among what was rewarded is even.
    """
    cap = over_loss(1.0 / rate, newest)
    return Bounds(cap / (2 * n_lines), cap)
