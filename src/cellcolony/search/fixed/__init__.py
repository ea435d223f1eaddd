"""Fixed networks, tuned: the rival that a user would have trained without evolution."""

from cellcolony.search.fixed.designs import cells_of
from cellcolony.search.fixed.settings import FixedNetworks
from cellcolony.search.fixed.tuning import Tuning
from cellcolony.search.methods import METHODS, Method

METHODS.register("fixed")(
    Method(
        settings=FixedNetworks,
        genome="network",
        start=Tuning.start,
        restore=Tuning.from_state,
        summary="Layers of one memory cell, Elman, Jordan, feed-forward: sizes and rates tuned.",
        source="ElSaid et al. 2020, section 4; tuning by random search is ours",
        cells=lambda settings: tuple(
            dict.fromkeys(cell for kind in settings.designs for cell in cells_of(kind))
        ),
    )
)

__all__ = ["FixedNetworks", "Tuning"]
