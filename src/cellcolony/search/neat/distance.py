"""How different two genomes are: excess and disjoint genes, and weights (2002, eq. 1)."""

from __future__ import annotations

import numpy as np

from cellcolony.search.neat.genome import Genome
from cellcolony.search.neat.settings import Neat


def distance(one: Genome, other: Genome, settings: Neat) -> float:
    """Return c1 E + c2 D + c3 W of two genomes.

    E counts the excess genes: those beyond the other's last number. D counts the other genes that
    only one of them has, the disjoint ones. W is the mean difference of matching genes' weights.
    The factor N that the equation divides E and D by is 1, as in the experiments of 2004.
    """
    _, of_one, of_other = np.intersect1d(
        one.numbers, other.numbers, assume_unique=True, return_indices=True
    )
    last = min(one.numbers[-1], other.numbers[-1])
    n_excess = int(np.sum(one.numbers > last) + np.sum(other.numbers > last))
    n_disjoint = len(one) + len(other) - 2 * len(of_one) - n_excess
    differences = np.abs(one.weights[of_one].astype(float) - other.weights[of_other])
    mean = float(differences.mean()) if len(differences) else 0.0
    return (
        settings.excess_weight * n_excess
        + settings.disjoint_weight * n_disjoint
        + settings.difference_weight * mean
    )
