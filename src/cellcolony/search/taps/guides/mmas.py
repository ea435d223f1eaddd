"""MAX-MIN ant system: the best of a colony deposits, and now and then the best so far."""

from __future__ import annotations

from cellcolony.search.taps.pheromone import Deposits, Rule, Walk, register

BEST_EVERY = 5
"""Each so many colonies the best so far deposits in the place of the colony's best."""


def _best(ranked: list[Walk], best: Walk, n_colonies: int) -> Deposits:
    return [(best if n_colonies % BEST_EVERY == 0 else ranked[0], 1.0)]


register(
    "mmas",
    Rule(_best),
    "Pheromone by the best of each colony, between a floor and a ceiling.",
    "Stuetzle & Hoos 2000",
)
