"""How an erased island is populated anew: who the parents are. One file a way; it registers itself.

The child of one parent is a mutation of it; that of two is their recombination, mutated, so that it
can differ from those that are there already [ours].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cellcolony.registry import Registry
from cellcolony.search.examm.islands import Island, Member

Parents = Callable[[Sequence[Island], int, np.random.Generator], tuple[Member, ...]]
"""`parents(islands, at, rng)` returns one or two genomes from which the next child for the island
at this place descends. All other islands have members."""


@dataclass(frozen=True)
class Repopulation:
    """One way to populate an island anew.

    Attributes:
        parents: Who the parents are.
        summary: What it does, the first line of the docstring.
        n_others: How many other islands it needs.
    """

    parents: Parents
    summary: str
    n_others: int


REPOPULATIONS: Registry[Repopulation] = Registry(
    "repopulation", "cellcolony.search.examm.repopulations"
)


def register(name: str, *, n_others: int) -> Callable[[Parents], Parents]:
    """Return a decorator that files a function as the repopulation `name`; see `Repopulation`."""

    def decorate(parents: Parents) -> Parents:
        summary = (parents.__doc__ or "").strip().partition("\n")[0]
        REPOPULATIONS.register(name)(Repopulation(parents, summary, n_others))
        return parents

    return decorate


__all__ = ["REPOPULATIONS", "Parents", "Repopulation", "register"]
