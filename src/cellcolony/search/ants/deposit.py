"""Depositing: what a network used gains or loses pheromone, within bounds (ASNE, section 3.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.colony import Pheromones
from cellcolony.search.ants.pheromones import Deposit
from cellcolony.search.ants.subnetwork import Subnetwork


def deposited(
    pheromones: Pheromones, subnetwork: Subnetwork, deposit: Deposit, floor: float, cap: float
) -> Pheromones:
    """Add a deposit to every choice that a network used; each stays between `floor` and `cap`."""

    def added(
        tau: NDArray[np.float64], used: tuple[NDArray[np.int64], ...], amount: float
    ) -> NDArray[np.float64]:
        tau = tau.copy()
        tau[used] = np.clip(tau[used] + amount, floor, cap)
        return tau

    return Pheromones(
        start=added(pheromones.start, (subnetwork.start,), deposit.edges),
        edges=added(pheromones.edges, (subnetwork.edges,), deposit.edges),
        recurrent=added(pheromones.recurrent, (subnetwork.recurrent,), deposit.edges),
        cells=added(pheromones.cells, (subnetwork.hidden, subnetwork.cells), deposit.cells),
    )
