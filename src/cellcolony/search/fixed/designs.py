"""The designs that are tuned: what a network is made of, without weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cellcolony import cells
from cellcolony.contract import Problem
from cellcolony.networks.builders import elman, feed_forward, jordan, network_for
from cellcolony.networks.genome import Network

ELMAN, JORDAN, FEED_FORWARD = "elman", "jordan", "feed_forward"
DESIGNS = ("gru", "lstm", "mgu", "ugrnn", "delta", ELMAN, JORDAN, FEED_FORWARD)
OF_ONE_LAYER = (ELMAN, JORDAN)


class Design(NamedTuple):
    """One network of the menu.

    Attributes:
        kind: A memory cell, "elman", "jordan" or "feed_forward".
        n_layers: Its hidden layers.
        width: The nodes of a hidden layer.
        n_lags: How many of the last rows of the targets' own columns the first layer reads; of
            other columns it reads the row itself.
    """

    kind: str
    n_layers: int
    width: int
    n_lags: int = 1

    def build(self, problem: Problem, recurrent: bool) -> Network:
        """Return the network without weights.

        Args:
            problem: The columns, and what output nodes compute.
            recurrent: Whether the nodes of a layer of memory cells see each other one step before.
        """
        sizes = len(problem.inputs), len(problem.outputs)
        options: dict[str, Any] = {
            "width": self.width,
            "output_cell": problem.output_cell,
            "input_names": problem.inputs,
            "output_names": problem.outputs,
        }
        if self.kind == ELMAN:
            network = elman(*sizes, **options)
        elif self.kind == JORDAN:
            network = jordan(*sizes, **options)
        elif self.kind == FEED_FORWARD:
            network = feed_forward(*sizes, n_layers=self.n_layers, **options)
        else:
            skips = (1,) if recurrent else ()
            layers = [self.kind] * self.n_layers
            network = network_for(problem, layers, width=self.width, time_skips=skips)
        return behind_lags(network, problem, self.n_lags)


def behind_lags(network: Network, problem: Problem, n_lags: int) -> Network:
    """Return a network whose first layer reads earlier rows of the targets' own columns too.

    Args:
        network: Layers, the first of which reads the row itself.
        problem: The columns; where no target is read, all columns are meant.
        n_lags: How many rows, the row itself among them.
    """
    first = [node.id for node in network.nodes if node.kind == "hidden" and node.depth == 1]
    earlier = [(i, node, lag) for lag in range(1, n_lags) for i in problem.own for node in first]
    edges = np.array(earlier, np.int32).reshape(-1, 3)
    return replace(network, recurrent_edges=np.concatenate([network.recurrent_edges, edges]))


def design_names() -> Sequence[str]:
    """Return the names that a design may have."""
    return (*cells.names(), ELMAN, JORDAN, FEED_FORWARD)


def cells_of(kind: str) -> tuple[str, ...]:
    """Return the cells of the hidden nodes of a design."""
    return ("simple",) if kind in (ELMAN, JORDAN, FEED_FORWARD) else (kind,)
