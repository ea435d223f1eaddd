"""Settings of the search among networks of a fixed design."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt, MinLen

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.search.fixed.designs import DESIGNS, design_names
from cellcolony.settings import settings

Count = Annotated[int, Ge(1), Le(1_000)]


@settings
class FixedNetworks:
    """Layers of one memory cell, Elman, Jordan and feed-forward networks, each tuned.

    Attributes:
        designs: What is tried: memory cells by name, and "elman", "jordan", "feed_forward".
        layers: How many hidden layers a design of a memory cell, or a feed-forward one, may have.
        widths: How many nodes a hidden layer may have; 0 for as many as there are inputs.
        recurrent: Whether the nodes of a layer of memory cells see each other one step before; the
            published fixed networks have their cells' own memory alone.
        rate_factor: Learning rates are drawn from the protocol's over this to the protocol's times
            this, evenly on a logarithmic scale.
        second_training: A good network is trained again, from the weights that it has, for so many
            times the protocol's epochs; 0 for never.
        second_share: The share of all epochs that second trainings take at most.
        population: How many networks wait for a second training at most.

    Raises:
        ConfigError: A design is unknown.

    Source:
        ElSaid et al. 2020, section 4: one and two layers of each memory cell, as wide as the
        inputs, Elman, Jordan and feed-forward. That sizes and rates are tuned is ours.
    """

    designs: Annotated[tuple[str, ...], MinLen(1)] = DESIGNS
    layers: Annotated[tuple[Count, ...], MinLen(1)] = (1, 2)
    widths: Annotated[tuple[Annotated[int, Ge(0), Le(1_000)], ...], MinLen(1)] = (6, 12, 24, 48)
    recurrent: bool = True
    rate_factor: Annotated[float, Ge(1), Le(1_000)] = 4.0
    second_training: Annotated[int, Ge(0), Le(1_000)] = 4
    second_share: Annotated[float, Gt(0), Lt(1)] = 0.5
    population: Annotated[int, Ge(1), Le(10_000)] = 20

    def __post_init__(self) -> None:
        known = design_names()
        for one in self.designs:
            if one not in known:
                raise ConfigError(f"There is no design {one!r}.{did_you_mean(one, known)}")
