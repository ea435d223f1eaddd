"""Mutate the weights: most are perturbed, the others are drawn anew."""

from __future__ import annotations

import numpy as np

from cellcolony.search.neat.genome import Genome
from cellcolony.search.neat.settings import Neat


def mutate_weights(genome: Genome, settings: Neat, rng: np.random.Generator) -> Genome:
    """Return the genome with every weight perturbed or drawn anew, disabled links' too [ours]."""
    n = len(genome)
    shifted = genome.weights + rng.uniform(-1, 1, n) * settings.perturbation
    fresh = rng.uniform(-1, 1, n) * settings.weight_range
    return genome.with_weights(np.where(rng.random(n) < settings.new_weight_rate, fresh, shifted))
