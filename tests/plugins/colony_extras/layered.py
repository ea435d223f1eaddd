"""A method of search: one hidden layer, whose width is drawn at random."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.networks.builders import draw_weights, network_for
from cellcolony.search.methods import METHODS, Method
from cellcolony.settings import settings


@settings
class Layered:
    """Networks of one layer.

    Attributes:
        widest: The most nodes of the layer.
        cell: What they compute.
    """

    widest: Annotated[int, Ge(1)] = 6
    cell: str = "simple"


class LayeredSearch:
    """The search at work."""

    def __init__(self, settings: Layered, problem: Problem, pending: Collection[int]) -> None:
        self.settings, self.problem, self._pending = settings, problem, set(pending)

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self._pending

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network of a random width."""
        width = int(rng.integers(1, self.settings.widest + 1))
        network = network_for(self.problem, [self.settings.cell], width=width, time_skips=(1,))
        self._pending.add(number)
        return Candidate(number, draw_weights(network, rng), how={"width": width})

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Learn nothing."""
        self._pending.remove(number)

    def state(self) -> dict[str, Any]:
        """Return what is under way."""
        return {"pending": sorted(self._pending)}


def _restore(settings: Layered, problem: Problem, state: Mapping[str, Any]) -> LayeredSearch:
    return LayeredSearch(settings, problem, [int(number) for number in state["pending"]])


METHODS.register("layered")(
    Method(
        settings=Layered,
        genome="network",
        start=lambda settings, problem, rng: LayeredSearch(settings, problem, ()),
        restore=_restore,
        summary="Layers of a random width.",
        cells=lambda settings: (settings.cell,),
    )
)
