"""How decided a colony is: the entropy of every roulette that its ants may turn [ours].

Source: the measure is Shannon's (1948); reporting it beside the losses is ours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.colony import Pheromones
from cellcolony.search.ants.layout import Layout


class Entropy(NamedTuple):
    """Entropies over log(number of choices): 1 where all choices are even, 0 where one is certain.

    Places with fewer than two choices are left out.

    Attributes:
        start: Of the virtual start, `(1,)`.
        edges: Of each node's outgoing forward edges, by node.
        recurrent: Of each node's outgoing recurrent edges, by node.
        cells: Of each hidden node's cell types, by node.
    """

    start: NDArray[np.float64]
    edges: NDArray[np.float64]
    recurrent: NDArray[np.float64]
    cells: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """The mean over all places alike; 0 where there is nothing to choose."""
        places = np.concatenate(tuple(self))
        return float(places.mean()) if len(places) else 0.0


def entropy(layout: Layout, pheromones: Pheromones) -> Entropy:
    """Return the entropy of each place where ants choose by this pheromone.

    The edges and the recurrent edges of a node are two places, and every edge is a choice, whatever
    the species that march and whether they jump: what is never walked stays even.
    """
    at, n_choices = layout.choices
    tau = np.concatenate(
        [pheromones.start, pheromones.edges, pheromones.recurrent, pheromones.cells.ravel()]
    )
    total = np.bincount(at, tau, len(n_choices))  # (n_places,)
    surprise = np.bincount(at, tau * np.log(np.maximum(tau, _TINY)), len(n_choices))
    choosing = n_choices > 1
    total, surprise = total[choosing], surprise[choosing]
    # With p = tau / total: -sum p log p = log(total) - sum(tau log tau) / total
    relative = (np.log(total) - surprise / total) / np.log(n_choices[choosing])
    n_nodes = layout.structure.n_nodes
    ends = [1, 1 + n_nodes, 1 + 2 * n_nodes]  # of start, edges, recurrent edges
    ends = [int(choosing[:end].sum()) for end in ends]
    return Entropy(*np.split(np.clip(relative, 0.0, 1.0), ends))


_TINY = np.finfo(np.float64).tiny
