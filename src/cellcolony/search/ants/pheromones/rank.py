"""Deposits by rank: the scale of the loss, and of the data, has no say [ours].

`deposit_rate` does not apply: rho / f is an amount of pheromone only for a rho in units of the
loss, and here there is no loss left. Beating a full population of n networks deposits (n - 1) / n,
nearly the step of the scheme `constant`. While the population fills, deposits are small: the first
networks have beaten nobody, and a colony that follows them may never find the input that matters.
"""

from cellcolony.search.ants import pheromones
from cellcolony.search.ants.pheromones import NOTHING, Deposit, Trial


@pheromones.register("rank", source="ours")
def rank(trial: Trial) -> Deposit:
    """Add the number of networks beaten, as a share of a full population, when it improves.

    Equal networks do not beat each other.
    """
    if not trial.improves:
        return NOTHING
    n_beaten = sum(loss > trial.loss for loss in trial.losses)
    amount = n_beaten / trial.population_size
    return Deposit(edges=amount, cells=amount)
