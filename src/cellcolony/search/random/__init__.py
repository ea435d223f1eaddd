"""Random search: the ants' march over the same superstructure, and nothing learned from it.

What a colony finds better than this is what its pheromone and its inherited weights are worth.
"""

from cellcolony.search.methods import METHODS, Method
from cellcolony.search.random.settings import RandomSearch
from cellcolony.search.random.walk import RandomWalk

METHODS.register("random")(
    Method(
        settings=RandomSearch,
        genome="network",
        start=RandomWalk.start,
        restore=RandomWalk.from_state,
        summary="Networks drawn at random from a superstructure: the control of ants.",
        source="ours",
        control_of="ants",
        like=RandomSearch,
        cells=lambda settings: settings.ants.cells,
    )
)

__all__ = ["RandomSearch", "RandomWalk"]
