"""Mixtures of evolved nodes (Rawal & Miikkulainen 2018, section 4.3), and a genetic search of them.

The paper draws layers of nodes from several evolutions at random. What it names as its next step,
a genetic search over mixtures with skip connections, is `mixtures`; the paper's draw is its
control, `random-mixtures`. Whether evolved nodes are what a mixture gains by is said by another
control, mixtures of LSTM and GRU alone.
"""

from cellcolony.layers.mixture import Mixture
from cellcolony.search.methods import METHODS, Method, register_guided
from cellcolony.search.mixtures.race import MixtureRace
from cellcolony.search.mixtures.settings import KnownMixtures, Mixtures, RandomMixtures

METHODS.register("mixtures")(
    Method(
        settings=Mixtures,
        genome=Mixture.kind,
        start=MixtureRace.start,
        restore=MixtureRace.from_state,
        summary="Layers of several nodes side by side, varied and raced over rungs of training.",
        source="ours; the mixtures: Rawal & Miikkulainen 2018",
        uneven=True,
        efforts=lambda settings: settings.efforts,
    )
)
register_guided(
    "random-mixtures",
    "mixtures",
    RandomMixtures,
    "Layers of nodes drawn at random, as the paper has them: a control of mixtures.",
)
register_guided(
    "known-mixtures",
    "mixtures",
    KnownMixtures,
    "The same race with LSTM and GRU alone: what the evolved nodes add to mixtures.",
)

__all__ = ["Mixtures", "RandomMixtures"]
