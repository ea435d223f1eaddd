"""The openers again and again, with other first weights and rates: the search is off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellcolony.search.taps.guide import GuideKind, Proposal
from cellcolony.search.taps.openers import openers
from cellcolony.search.taps.race import Race
from cellcolony.search.taps.registry import GUIDES
from cellcolony.search.taps.space import Picks, Space


class Openers:
    """Draws one of the openers, each as likely.

    Args:
        space: What can be chosen.
    """

    def __init__(self, space: Space) -> None:
        self._space = space

    def propose(self, race: Race, columns: frozenset[int], rng: np.random.Generator) -> Proposal:
        """Return one of the openers, drawn evenly."""
        return Proposal(openers(self._space, columns, rng, with_linear=False)[0])

    def learn(self, picks: Picks, loss: float) -> None:
        """Learn nothing."""

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def _restore(space: Space, state: Mapping[str, Any]) -> Openers:
    return Openers(space)


GUIDES.register("openers")(
    GuideKind(Openers, _restore, "The openers again and again: the search is off.", "ours")
)
