"""Migration: what the best of several colonies has learned reaches the others.

Colonies that search side by side tell each other now and then what they have found (Middendorf,
Reischle & Schmeck 2002). Theirs send solutions. Here pheromone itself migrates [ours]: a network
deposits once, when it is told, so a colony that were sent networks would learn little of them.

Source: Middendorf, Reischle & Schmeck 2002, Multi colony ant algorithms, Journal of Heuristics 8.
"""

from __future__ import annotations

from cellcolony.search.ants.colony import Pheromones


def migrated(pheromones: Pheromones, arriving: Pheromones, share: float) -> Pheromones:
    """Return `(1 - share) tau + share tau_arriving` for every pheromone tau.

    What lies between two bounds in both stays between them.
    """
    return Pheromones(
        **{
            name: (1.0 - share) * tau + share * getattr(arriving, name)
            for name, tau in vars(pheromones).items()
        }
    )
