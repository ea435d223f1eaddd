"""Ant Swarm Neuro-Evolution (ElSaid, Ororbia & Desell 2020): ants lay out recurrent networks.

A *superstructure* holds every node and edge that a network may have. The *colony* keeps pheromone
and weights on it. For each new network ants *march*: each *species* walks in its own way and the
union of the walks is the network. When its verdict comes back, pheromone is deposited on what it
used and its trained weights are handed down.

Several colonies may search side by side (`colonies.py`); the pheromone of the best one migrates.

Source: https://arxiv.org/abs/1909.11849; `settings.py` says where we differ. What is marked [ours]
was decided here because neither the paper nor the authors' program says it.
"""

from cellcolony.search.ants.colonies import begin, go_on
from cellcolony.search.ants.keepsake import draw, keep, read_colony
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.search.ants.superstructure import Superstructure
from cellcolony.search.methods import METHODS, Method

METHODS.register("ants")(
    Method(
        settings=AntSwarm,
        genome="network",
        start=begin,
        restore=go_on,
        summary="Ants lay out sparse recurrent networks, led by pheromone.",
        source="ElSaid, Ororbia & Desell 2020",
        cells=lambda settings: settings.cells,
        keep=keep,
        picture=draw,
        keepsake="colony",
    )
)

__all__ = ["AntSearch", "AntSwarm", "Superstructure", "read_colony"]
