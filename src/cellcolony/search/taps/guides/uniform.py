"""Even draws from the space: what a guide must be better than."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cellcolony.search.taps.guide import GuideKind, Proposal
from cellcolony.search.taps.race import Race
from cellcolony.search.taps.registry import GUIDES
from cellcolony.search.taps.space import Picks, Space


class Uniform:
    """Draws every choice evenly, and taps by visibility, scale or evenly.

    Args:
        space: What can be chosen.
    """

    def __init__(self, space: Space) -> None:
        self._space = space

    def propose(self, race: Race, columns: frozenset[int], rng: np.random.Generator) -> Proposal:
        """Return a network that is drawn evenly."""
        return Proposal(self._space.draw(columns, rng)[0])

    def learn(self, picks: Picks, loss: float) -> None:
        """Learn nothing."""

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def _restore(space: Space, state: Mapping[str, Any]) -> Uniform:
    return Uniform(space)


GUIDES.register("uniform")(
    GuideKind(Uniform, _restore, "Networks drawn evenly from the space.", "ours")
)
