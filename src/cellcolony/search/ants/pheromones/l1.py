"""Deposits that shrink with the size of the weights (ASNE, section 3.4, Eq. 4)."""

import numpy as np

from cellcolony.search.ants import pheromones
from cellcolony.search.ants.pheromones import Deposit, Trial
from cellcolony.search.ants.pheromones.fitness import regularised


@pheromones.register("l1", source="ElSaid et al. 2020, section 3.4, Eq. 4")
def l1(trial: Trial) -> Deposit:
    """Add rho / (f + lambda * mean |w|) when the network improves the population.

    w are the weights of edges and recurrent edges; a network without any has no such term [ours].
    Cell types are rewarded without it, by rho / f.
    """
    w = trial.edge_weights.astype(np.float64)
    size = np.abs(w).sum() / max(len(w), 1)
    return regularised(trial, float(size))
