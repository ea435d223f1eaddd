"""The ant species: how ants of one kind walk. One file a species; it registers itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cellcolony.registry import Registry
from cellcolony.search.ants.trail import Ground, Trail

March = Callable[[Ground, Trail, int, np.random.Generator], Trail]
"""`march(ground, trail, n_ants, rng)` returns the trail with the walks of this species added.

`n_ants` is the colony's number of ants; a species may send fewer. Steps that it may not take are
masked before the draw.
"""


@dataclass(frozen=True)
class Species:
    """One kind of ant.

    Attributes:
        march: How its ants walk.
        social: Whether it moves among nodes that others chose. Social ants march last; each network
            needs at least one species that is not social, and whose walks all end at an output.
        summary: What it does, the first line of the docstring.
        source: Where it comes from: authors, year and section, or "ours".
        needs_backward_edges: Whether it finds no step where recurrent edges lead forward alone.
    """

    march: March
    social: bool
    summary: str
    source: str
    needs_backward_edges: bool = False


SPECIES: Registry[Species] = Registry(
    "ant species", "cellcolony.search.ants.species", "cellcolony.species"
)


def register(
    name: str, *, social: bool, source: str, needs_backward_edges: bool = False
) -> Callable[[March], March]:
    """Return a decorator that files a march as the species `name`; see `Species`."""

    def decorate(march: March) -> March:
        summary = (march.__doc__ or "").strip().partition("\n")[0]
        SPECIES.register(name)(Species(march, social, summary, source, needs_backward_edges))
        return march

    return decorate


__all__ = ["SPECIES", "March", "Species", "register"]
