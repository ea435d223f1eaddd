"""Settings of random search over the superstructure of a colony."""

from __future__ import annotations

from cellcolony.search.ants.settings import AntSwarm
from cellcolony.settings import settings


@settings
class RandomSearch:
    """Networks drawn at random from a colony's superstructure.

    Attributes:
        ants: The colony whose march is walked: its superstructure, species, cells and initial
            weights count, its settings of pheromone and inheritance do not.
    """

    ants: AntSwarm = AntSwarm()
