"""The mutations: how a child differs from its parent. One file a mutation; it registers itself.

They are a library: a method that varies genomes with innovation numbers may use any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cellcolony.registry import Registry
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.innovations import Innovations


@dataclass(frozen=True)
class Context:
    """What a mutation must know beside the genome.

    Attributes:
        cells: The cells that a hidden node may compute.
        max_skip: The longest time skip of a recurrent edge, at least 1.
        innovations: Gives new genes their numbers.
    """

    cells: tuple[str, ...]
    max_skip: int
    innovations: Innovations


Mutate = Callable[[Genome, np.random.Generator, Context], Genome | None]
"""`mutate(genome, rng, context)` returns a new genome each of whose outputs is reached, if those of
the given one are; None where the genome has no place for it. The given genome stays as it is."""


@dataclass(frozen=True)
class Mutation:
    """One kind of mutation.

    Attributes:
        mutate: Carries it out.
        summary: What it does, the first line of the docstring.
        rate: How often it is drawn, in proportion to the others, if the settings do not say.
    """

    mutate: Mutate
    summary: str
    rate: float


MUTATIONS: Registry[Mutation] = Registry("mutation", "cellcolony.search.examm.mutations")


def register(name: str, *, rate: float = 1.0) -> Callable[[Mutate], Mutate]:
    """Return a decorator that files a function as the mutation `name`; see `Mutation`."""

    def decorate(mutate: Mutate) -> Mutate:
        summary = (mutate.__doc__ or "").strip().partition("\n")[0]
        MUTATIONS.register(name)(Mutation(mutate, summary, rate))
        return mutate

    return decorate


__all__ = ["MUTATIONS", "Context", "Mutate", "Mutation", "register"]
