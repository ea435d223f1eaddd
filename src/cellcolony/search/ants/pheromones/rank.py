"""Deposits by rank: the scale of the loss, and of the data, has no say [ours].

`deposit_rate` does not apply: rho / f is an amount of pheromone only for a rho in units of the
loss, and here there is no loss left. The best network deposits `BEST`, the step of the scheme
`constant`: a line untouched so far rises from 0.7 to 1.7.
"""

from cellcolony.search.ants import pheromones
from cellcolony.search.ants.pheromones import NOTHING, Deposit, Trial

BEST = 1.0
"""What the best network of the population deposits."""


@pheromones.register("rank", source="ours")
def rank(trial: Trial) -> Deposit:
    """Add 1 - r / n when the network improves the population: r of its n networks are better.

    The best adds 1, the last 1 / n. Equal networks share the better rank.
    """
    if not trial.improves:
        return NOTHING
    n_better = sum(loss < trial.loss for loss in trial.losses)
    amount = BEST * (1.0 - n_better / len(trial.losses))
    return Deposit(edges=amount, cells=amount)
