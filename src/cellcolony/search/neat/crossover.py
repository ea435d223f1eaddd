"""Crossover of two genomes that are aligned by their innovation numbers (2002, section 3.2)."""

from __future__ import annotations

import numpy as np

from cellcolony.search.neat.genome import Genome
from cellcolony.search.neat.settings import Neat


def crossover(fitter: Genome, other: Genome, settings: Neat, rng: np.random.Generator) -> Genome:
    """Return a child that has the links of its fitter parent.

    The weight of a matching gene is that of one of the parents at random, or, in a share of the
    crossovers, their mean. Disjoint and excess genes are those of the fitter parent. A gene that is
    disabled in a parent is disabled in the child with the chance `disabled_rate`.
    """
    _, own, others = np.intersect1d(
        fitter.numbers, other.numbers, assume_unique=True, return_indices=True
    )
    weights = fitter.weights.copy()
    if rng.random() < settings.average_rate:
        weights[own] = (fitter.weights[own] + other.weights[others]) / 2
    else:
        weights[own] = np.where(
            rng.random(len(own)) < 0.5, fitter.weights[own], other.weights[others]
        )
    disabled = ~fitter.enabled
    disabled[own] |= ~other.enabled[others]
    enabled = ~disabled | (rng.random(len(fitter)) >= settings.disabled_rate)
    return Genome(fitter.numbers, fitter.ends, weights, enabled)
