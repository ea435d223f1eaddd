"""Evaporation: all pheromone moves back towards its start (ASNE, Eq. 6)."""

from __future__ import annotations

from cellcolony.search.ants.colony import Pheromones


def evaporated(pheromones: Pheromones, rate: float, initial: float) -> Pheromones:
    """Return `(1 - rate) tau + rate tau0` for every pheromone tau, with `initial` as tau0."""
    return Pheromones(
        **{name: (1.0 - rate) * tau + rate * initial for name, tau in vars(pheromones).items()}
    )
