"""Ant colony system: greedy ants wear trails off, and the best so far renews its own."""

from __future__ import annotations

from cellcolony.search.taps.pheromone import Deposits, Rule, Walk, register

GREEDY = 0.5
"""The probability of the greedy choice; the authors' 0.9 is for tours of hundreds of choices."""
WORN = 0.1
FIRST = 0.3


def _best_so_far(ranked: list[Walk], best: Walk, n_colonies: int) -> Deposits:
    return [(best, 1.0)]


register(
    "acs",
    Rule(_best_so_far, evaporates=False, first=FIRST, greedy=GREEDY, worn=WORN),
    "Greedy ants that wear trails off; the best so far renews its own.",
    "Dorigo & Gambardella 1997",
)
