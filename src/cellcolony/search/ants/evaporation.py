"""Evaporation: all pheromone moves back towards its start (ASNE, Eq. 6)."""

from __future__ import annotations

from cellcolony.search.ants.colony import Pheromones

STEADY, WITH_DEPOSITS = "steady", "with_deposits"
MODES = (STEADY, WITH_DEPOSITS)
"""Before each new network, as published; or as often as a network deposits [ours].

Good networks become rare as a search goes on. Where pheromone evaporates steadily, a colony has by
then forgotten what it knew, and its choices are as even as at the start.
"""


def evaporated(pheromones: Pheromones, rate: float, initial: float) -> Pheromones:
    """Return `(1 - rate) tau + rate tau0` for every pheromone tau, with `initial` as tau0."""
    return Pheromones(
        **{name: (1.0 - rate) * tau + rate * initial for name, tau in vars(pheromones).items()}
    )
