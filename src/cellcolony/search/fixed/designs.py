"""The designs that are tuned: what a network is made of, without weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cellcolony import cells
from cellcolony.contract import Problem
from cellcolony.networks.builders import elman, feed_forward, fixed_network, jordan
from cellcolony.networks.genome import Network

if TYPE_CHECKING:
    from cellcolony.search.fixed.settings import FixedNetworks

ELMAN, JORDAN, FEED_FORWARD = "elman", "jordan", "feed_forward"
DESIGNS = ("gru", "lstm_peephole", "mgu", "ugrnn", "delta", ELMAN, JORDAN, FEED_FORWARD)
OF_ONE_LAYER = (ELMAN, JORDAN)


class Design(NamedTuple):
    """One network of the menu.

    Attributes:
        kind: A memory cell, "elman", "jordan" or "feed_forward".
        n_layers: Its hidden layers.
        width: The nodes of a hidden layer.
    """

    kind: str
    n_layers: int
    width: int

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
            return elman(*sizes, **options)
        if self.kind == JORDAN:
            return jordan(*sizes, **options)
        if self.kind == FEED_FORWARD:
            return feed_forward(*sizes, n_layers=self.n_layers, **options)
        skips = (1,) if recurrent else ()
        return fixed_network([self.kind] * self.n_layers, *sizes, time_skips=skips, **options)


def design_names() -> Sequence[str]:
    """Return the names that a design may have."""
    return (*cells.names(), ELMAN, JORDAN, FEED_FORWARD)


def cells_of(kind: str) -> tuple[str, ...]:
    """Return the cells of the hidden nodes of a design."""
    return ("simple",) if kind in (ELMAN, JORDAN, FEED_FORWARD) else (kind,)


def menu(settings: FixedNetworks, problem: Problem) -> Iterator[Design]:
    """Yield every design of the settings once."""
    for kind in settings.designs:
        for n_layers in (1,) if kind in OF_ONE_LAYER else settings.layers:
            for width in dict.fromkeys(one or len(problem.inputs) for one in settings.widths):
                yield Design(kind, n_layers, width)
