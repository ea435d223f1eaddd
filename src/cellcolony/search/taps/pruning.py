"""Pruning: a network loses the edges that matter least, is trained again, and loses more.

What an edge matters is about what the loss would rise by without it: by half the square of its
weight times the mean square of the gradient by it, which stands for the second derivative.

Source: saliency: LeCun, Denker & Solla, "Optimal Brain Damage" (1990); by squared gradients: Theis,
Korshunova, Tejani & Huszar, "Faster gaze prediction with dense networks and Fisher pruning" (2018);
training again after each step: Han, Pool, Tran & Dally (2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.contract import Problem
from cellcolony.errors import GenomeError
from cellcolony.networks.genome import Network
from cellcolony.search.taps.blueprint import network_of
from cellcolony.search.taps.contender import Contender

FEWEST_EDGES = 3
WORST = 1.5
"""Pruning ends where the loss is so many times that of the best network."""


@dataclass(frozen=True, eq=False)
class Pruning:
    """A pruning under way. It is never changed in place.

    Attributes:
        current: The network as far as it has got.
        pending: The number of the candidate that has lost weights; None while nobody is out.
        is_over: Whether the last step failed.
    """

    current: Contender
    pending: int | None = None
    is_over: bool = False

    def next(self, cut: float, best: float) -> Network | None:
        """Return the network without a share of its edges; None where nothing can go.

        Args:
            cut: The share.
            best: The loss of the best network.
        """
        if self.is_over or self.current.loss > WORST * best:
            return None
        return pruned(self.current.network, cut, self.current.gradient_rms)

    def sent(self, number: int) -> Pruning:
        """Return it with a candidate out."""
        return replace(self, pending=number)

    def told(self, one: Contender | None) -> Pruning:
        """Take in what became of the candidate; None where it failed."""
        if one is None:
            return replace(self, pending=None, is_over=True)
        return replace(self, current=one, pending=None)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        return {
            "current": self.current.to_dict(), "pending": self.pending, "is_over": self.is_over,
        }  # fmt: skip

    @staticmethod
    def from_dict(data: Mapping[str, Any], problem: Problem) -> Pruning:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        pending = None if data["pending"] is None else int(data["pending"])
        current = Contender.from_dict(data["current"], problem)
        return Pruning(current, pending, bool(data["is_over"]))


def pruned(
    network: Network, cut: float, gradient_rms: NDArray[np.float32] | None = None
) -> Network | None:
    """Return a network without a share of its live edges, those that matter least.

    Nodes that then lie on no path from an input to an output are left out, inputs alone stay.

    Args:
        network: With its weights.
        cut: The share; at least one edge goes.
        gradient_rms: The root mean square of the gradient by each weight, `(n_all_weights,)`; None
            where it is not known: then the smallest weights go.

    Returns:
        The network with the weights that are left; None where too few edges would be kept, or an
        output would be reached by no input.
    """
    assert network.weights is not None
    keys = network.edge_keys
    n_edges = len(keys)
    live = np.flatnonzero(network.live_weights[:n_edges])
    n_kept = min(round(len(live) * (1 - cut)), len(live) - 1)
    if n_kept < FEWEST_EDGES:
        return None
    matter = np.abs(network.weights[live])
    if gradient_rms is not None:
        matter = matter * gradient_rms[live]
    kept = live[np.sort(np.argsort(matter, kind="stable")[len(live) - n_kept :])]
    try:
        alive = network_of(network.nodes, (keys[place] for place in kept.tolist())).live
    except GenomeError:
        return None
    nodes = tuple(node for node in network.nodes if node.kind == "input" or node.id in alive)
    ids = {node.id for node in nodes}
    left = [place for place in kept.tolist() if {*keys[place][:2]} <= ids]
    smaller = network_of(nodes, (keys[place] for place in left))
    weight_of = {keys[place]: network.weights[place] for place in left}
    weights = [weight_of[key] for key in smaller.edge_keys]
    for node in nodes:
        if node.kind != "input":
            at = network.cell_offsets[node.id]
            weights.extend(network.weights[at : at + len(cells.get(node.cell).weights())])
    return smaller.with_weights(np.array(weights, np.float32))
