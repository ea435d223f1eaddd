"""A blueprint: what a network is made of, layer by layer; and the network that it describes.

A *tap* is an input column some rows back: (column, lag). The first layer reads taps, each layer
after it the whole layer before, and the outputs the last layer and, over *direct* edges, taps as
well: a linear model beside the layers, or in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from cellcolony import cells
from cellcolony.contract import Problem, Tap
from cellcolony.errors import ConfigError
from cellcolony.networks.genome import LONGEST_SKIP, Network, Node

WIDEST = 256
"""Nodes of a layer."""
MOST_LAYERS = 8
MOST_TAPS = 5_000
EdgeKey: TypeAlias = tuple[int, int, int]
"""Source, target and time skip of an edge; 0 within a time step."""


class Layer(NamedTuple):
    """A hidden layer.

    Attributes:
        cell: What its nodes compute.
        width: How many there are.
        skips: With which time skips each node sees all nodes of the layer; none for a layer whose
            cells' own memory is all that it has.
    """

    cell: str
    width: int
    skips: tuple[int, ...] = (1,)


Structure: TypeAlias = tuple[tuple[Layer, ...], tuple[Tap, ...], tuple[Tap, ...]]
"""The layers of a blueprint, what the first reads, and what the outputs read."""


@dataclass(frozen=True)
class Blueprint:
    """What a network is made of.

    Attributes:
        layers: The hidden layers; none for a linear model.
        taps: What the first layer reads, in the order of its edges.
        direct: What the outputs read.
        rate: The factor of its learning rate.
        weight_decay: By how much its weights decay while it is trained.
        from_linear: Whether the direct edges began as a fitted linear model: its niche.
    """

    layers: tuple[Layer, ...]
    taps: tuple[Tap, ...]
    direct: tuple[Tap, ...] = ()
    rate: float = 1.0
    from_linear: bool = False
    weight_decay: float = 0.0

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """The input columns that are read, rising."""
        read = (*self.taps, *self.direct) if self.layers else self.direct
        return tuple(sorted({column for column, _ in read}))

    @property
    def structure(self) -> Structure:
        """What is the same in all blueprints that differ by how they are trained alone."""
        return self.layers, self.taps, self.direct

    def edges(self, problem: Problem) -> Iterator[EdgeKey]:
        """Yield the ends and the time skip of each edge."""
        n_inputs = len(problem.inputs)
        outputs = range(n_inputs, n_inputs + len(problem.outputs))
        before: list[tuple[int, int]] = list(self.taps)
        for place, layer in enumerate(self.layers):
            own = ids_of_layer(problem, place, layer.width)
            yield from ((source, target, lag) for source, lag in before for target in own)
            yield from ((a, b, skip) for skip in layer.skips for a in own for b in own)
            before = [(one, 0) for one in own]
        if self.layers:
            yield from ((source, target, 0) for source, _ in before for target in outputs)
        yield from ((column, target, lag) for column, lag in self.direct for target in outputs)

    def nodes(self, problem: Problem) -> tuple[Node, ...]:
        """Return the nodes: inputs, hidden layers, outputs."""
        inputs = [Node(i, "input", 0.0, "", name) for i, name in enumerate(problem.inputs)]
        hidden = [
            Node(one, "hidden", place + 1.0, layer.cell)
            for place, layer in enumerate(self.layers)
            for one in ids_of_layer(problem, place, layer.width)
        ]
        first = len(inputs)
        depth = len(self.layers) + 1.0
        outputs = [
            Node(first + i, "output", depth, problem.output_cell, name)
            for i, name in enumerate(problem.outputs)
        ]
        return (*inputs, *hidden, *outputs)

    def network(self, problem: Problem) -> Network:
        """Return the network, without weights."""
        return network_of(self.nodes(problem), self.edges(problem))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "layers": [[one.cell, one.width, list(one.skips)] for one in self.layers],
            "taps": [list(tap) for tap in self.taps],
            "direct": [list(tap) for tap in self.direct],
            "rate": self.rate,
            "weight_decay": self.weight_decay,
            "from_linear": self.from_linear,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], problem: Problem) -> Blueprint:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        layers = tuple(
            Layer(str(cell), int(width), tuple(int(skip) for skip in skips))
            for cell, width, skips in data["layers"]
        )
        taps, direct = (
            tuple((int(column), int(lag)) for column, lag in data[name])
            for name in ("taps", "direct")
        )
        rate, decay = float(data["rate"]), float(data["weight_decay"])
        for layer in layers:
            cells.get(layer.cell)
        is_sound = (
            len(layers) <= MOST_LAYERS
            and all(1 <= layer.width <= WIDEST for layer in layers)
            and all(layer.skips in ((), (1,)) for layer in layers)
            and bool(taps if layers else direct)
            and all(len(set(some)) == len(some) <= MOST_TAPS for some in (taps, direct))
            and all(0 <= c < len(problem.inputs) and 0 <= lag <= LONGEST_SKIP
                    for c, lag in (*taps, *direct))
            and 0 < rate < 1e6
            and 0 <= decay <= 1
        )  # fmt: skip
        if not is_sound:
            raise ConfigError("The state holds a blueprint that no network can have.")
        return Blueprint(layers, taps, direct, rate, bool(data["from_linear"]), decay)


def network_of(nodes: tuple[Node, ...], edges: Iterator[EdgeKey]) -> Network:
    """Return the network of nodes and of edges of both kinds, without weights."""
    every = np.array(list(edges), np.int32).reshape(-1, 3)
    within = every[:, 2] == 0
    return Network(nodes, every[within, :2], every[~within])


def ids_of_layer(problem: Problem, place: int, width: int) -> range:
    """Return the ids of a layer's nodes: they stay when other layers change."""
    first = len(problem.inputs) + len(problem.outputs) + place * WIDEST
    return range(first, first + width)
