"""Deposits by how near a network comes to the best one, whatever the scale of the loss [ours].

`deposit_rate` does not apply, as in the scheme `rank`. The best network deposits `BEST`, the step
of the scheme `constant`. Late in a search, when the losses of a population differ by a few percent,
all deposits are nearly equal; `rank` still tells its networks apart.
"""

from cellcolony.search.ants import pheromones
from cellcolony.search.ants.pheromones import NOTHING, Deposit, Trial
from cellcolony.search.ants.pheromones.fitness import SMALLEST_LOSS

BEST = 1.0
"""What the best network of the population deposits."""


@pheromones.register("relative", source="ours")
def relative(trial: Trial) -> Deposit:
    """Add f_best / f when the network improves the population."""
    if not trial.improves:
        return NOTHING
    best = max(min(trial.losses), SMALLEST_LOSS)
    amount = BEST * best / max(trial.loss, SMALLEST_LOSS)
    return Deposit(edges=amount, cells=amount)
