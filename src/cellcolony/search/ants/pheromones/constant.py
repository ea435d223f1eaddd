"""Constant deposits, and the only scheme with a penalty (ASNE, section 3.4, Eq. 2)."""

from cellcolony.search.ants import pheromones
from cellcolony.search.ants.pheromones import Deposit, Trial

STEP = 1.0
"""The amount of reward and penalty (the authors' program)."""


@pheromones.register("constant", source="ElSaid et al. 2020, section 3.4, Eq. 2")
def constant(trial: Trial) -> Deposit:
    """Add 1 when the network improves the population; take 1 when it is worse than the worst."""
    step = STEP if trial.improves else -STEP
    return Deposit(edges=step, cells=step)
