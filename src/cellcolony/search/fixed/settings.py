"""Settings of the search among networks of a fixed design."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le, Lt, MinLen

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.search.fixed.designs import DESIGNS, FEED_FORWARD, design_names
from cellcolony.search.rungs import check_rungs
from cellcolony.settings import Share, settings

DECAYS = (0.0, 0.0, 0.01, 0.03, 0.1, 0.3)
"""By how much weights decay; none is drawn twice as often as each other one."""
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
        weight_decays: By how much weights may decay while a network is trained; see the protocol.
        windows: How many of the last rows of the targets the first layer may read; other columns
            are read at the row itself.
        windowed: Which designs may read more than one.
        efforts: How many times the protocol's epochs a network is trained on each rung; the best go
            on, from the weights that they have.
        shares: The share of all training that each rung gets.
        least_gain: By which share a longer training must lower the validation loss; where it does
            not, a network stays as it was and is trained no longer.

    Raises:
        ConfigError: A design is unknown, or efforts and shares do not fit together.

    Source:
        ElSaid et al. 2020, section 4: one and two layers of each memory cell, as wide as the
        inputs, Elman, Jordan and feed-forward. That sizes, windows, rates and decays are tuned is
        ours.
    """

    designs: Annotated[tuple[str, ...], MinLen(1)] = DESIGNS
    layers: Annotated[tuple[Count, ...], MinLen(1)] = (1, 2)
    widths: Annotated[tuple[Annotated[int, Ge(0), Le(1_000)], ...], MinLen(1)] = (6, 12, 24, 48)
    recurrent: bool = True
    rate_factor: Annotated[float, Ge(1), Le(1_000)] = 4.0
    weight_decays: Annotated[tuple[Annotated[float, Ge(0), Le(1)], ...], MinLen(1)] = DECAYS
    windows: Annotated[tuple[Count, ...], MinLen(1)] = (1, 12, 48)
    windowed: tuple[str, ...] = (FEED_FORWARD, "gru")
    efforts: Annotated[tuple[Count, ...], MinLen(1)] = (1, 3, 9, 27)
    shares: Annotated[tuple[Share, ...], MinLen(1)] = (
        0.45, 0.2, 0.2, 0.15,
    )  # fmt: skip
    least_gain: Annotated[float, Ge(0), Lt(1)] = 0.01

    def __post_init__(self) -> None:
        known = design_names()
        check_rungs(self.efforts, self.shares)
        for one in (*self.designs, *self.windowed):
            if one not in known:
                raise ConfigError(f"There is no design {one!r}.{did_you_mean(one, known)}")
