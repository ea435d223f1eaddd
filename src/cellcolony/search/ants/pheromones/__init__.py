"""The pheromone schemes: what a told network deposits. One file a scheme; it registers itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.registry import Registry


@dataclass(frozen=True, eq=False)
class Trial:
    """What a scheme may look at when a network's verdict is in.

    Attributes:
        loss: The network's validation loss f; infinite for a network that failed.
        improves: Whether the network entered the population. Otherwise it is worse than the worst
            of a full population: a scheme is not asked about what lies between.
        edge_weights: The trained weights of its edges, then of its recurrent edges; without cell
            weights; empty for a network that failed.
        losses: The population's losses, best first, the network's own among them if it improves.
        population_size: How many networks the population holds when it is full.
        deposit_rate: The rate rho.
        penalty: How much the size of weights counts, lambda.
    """

    loss: float
    improves: bool
    edge_weights: NDArray[np.floating]
    losses: tuple[float, ...]
    population_size: int
    deposit_rate: float
    penalty: float


class Deposit(NamedTuple):
    """What is added to each choice that the network used; bounds are applied afterwards.

    Attributes:
        edges: To each start edge, edge and recurrent edge.
        cells: To each chosen cell type.
    """

    edges: float
    cells: float


NOTHING = Deposit(0.0, 0.0)

Reward = Callable[[Trial], Deposit]
"""`deposit(trial)` returns finite deposits, for failed networks too."""


@dataclass(frozen=True)
class Scheme:
    """One rule for depositing pheromone.

    Attributes:
        deposit: What a network deposits.
        summary: What it does, the first line of the docstring.
        source: Where it comes from: authors, year and equation, or "ours".
    """

    deposit: Reward
    summary: str
    source: str


SCHEMES: Registry[Scheme] = Registry(
    "pheromone scheme", "cellcolony.search.ants.pheromones", "cellcolony.pheromones"
)


def register(name: str, *, source: str) -> Callable[[Reward], Reward]:
    """Return a decorator that files a rule as the pheromone scheme `name`; see `Scheme`."""

    def decorate(deposit: Reward) -> Reward:
        summary = (deposit.__doc__ or "").strip().partition("\n")[0]
        SCHEMES.register(name)(Scheme(deposit, summary, source))
        return deposit

    return decorate


__all__ = ["NOTHING", "SCHEMES", "Deposit", "Reward", "Scheme", "Trial", "register"]
