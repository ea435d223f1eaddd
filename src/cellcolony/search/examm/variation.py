"""Which mutations a genome undergoes, by their rates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.mutations import MUTATIONS, Context


def mutated(
    genome: Genome,
    n: int,
    rates: Mapping[str, float],
    rng: np.random.Generator,
    context: Context,
) -> tuple[Genome, tuple[str, ...]]:
    """Return a genome after some mutations, each drawn in proportion to the rates.

    Where the genome has no place for the one that was drawn, another is drawn among the others.

    Args:
        genome: The genome; it stays as it is.
        n: How many mutations follow each other.
        rates: The rate of each mutation that may be drawn, above 0.
        rng: The random stream.
        context: What mutations must know.

    Returns:
        The genome, and the mutations by name; fewer where no mutation has a place.
    """
    done: list[str] = []
    for _ in range(n):
        left = dict(rates)
        while left:
            name = _drawn(left, rng)
            child = MUTATIONS[name].mutate(genome, rng, context)
            if child is not None:
                genome = child
                done.append(name)
                break
            del left[name]
    return genome, tuple(done)


def _drawn(rates: Mapping[str, float], rng: np.random.Generator) -> str:
    names, sums = list(rates), np.cumsum(list(rates.values()))
    place = np.searchsorted(sums, rng.random() * sums[-1], side="right")
    return names[min(int(place), len(names) - 1)]  # the product may be rounded up to the sum
