"""Deposits that grow as the loss falls (ASNE, section 3.4, Eq. 3)."""

from cellcolony.search.ants import pheromones
from cellcolony.search.ants.pheromones import NOTHING, Deposit, Trial

SMALLEST_LOSS = 1e-12
"""What a smaller loss counts as, so that deposits are finite; they reach the cap anyway [ours]."""


@pheromones.register("fitness", source="ElSaid et al. 2020, section 3.4, Eq. 3")
def fitness(trial: Trial) -> Deposit:
    """Add rho / f when the network improves the population.

    With rho = 0.03, f = 0.001 deposits 30, above the cap: the scale of the loss decides how greedy
    the search is.
    """
    if not trial.improves:
        return NOTHING
    amount = over_loss(trial.deposit_rate, trial.loss)
    return Deposit(edges=amount, cells=amount)


def regularised(trial: Trial, size: float) -> Deposit:
    """Return rho / (f + lambda size) for edges, and rho / f for cell types, where it improves.

    Args:
        trial: What is rewarded.
        size: How large the weights of its edges are: the form of Eq. 4 or 5 without lambda.
    """
    if not trial.improves:
        return NOTHING
    return Deposit(
        edges=over_loss(trial.deposit_rate, trial.loss + trial.penalty * size),
        cells=over_loss(trial.deposit_rate, trial.loss),
    )


def over_loss(rate: float, loss: float) -> float:
    """Return rho / f, finite for every loss."""
    return rate / max(loss, SMALLEST_LOSS)
