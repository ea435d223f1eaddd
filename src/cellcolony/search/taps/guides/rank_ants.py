"""Rank-based ant system: the best of a colony deposit by rank, and the best so far most."""

from __future__ import annotations

from cellcolony.search.taps.pheromone import Deposits, Rule, Walk, register

RANKED = 6
"""The weight of the best so far; the r-th of a colony has that less r."""


def _ranked(ranked: list[Walk], best: Walk, n_colonies: int) -> Deposits:
    shares = [(walk, RANKED - place) for place, walk in enumerate(ranked[: RANKED - 1], 1)]
    total = RANKED * (RANKED + 1) / 2
    return [(walk, share / total) for walk, share in [(best, RANKED), *shares]]


register(
    "rank_ants",
    Rule(_ranked),
    "Pheromone by rank: the best so far most, then the best of each colony.",
    "Bullnheimer, Hartl & Strauss 1999",
)
