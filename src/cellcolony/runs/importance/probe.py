"""A trained network on the validation rows, some of whose edges read something else than before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import StopFlag
from cellcolony.networks.genome import Network
from cellcolony.networks.population import predict_population
from cellcolony.networks.population_layout import MOST_LANES
from cellcolony.tasks.forecast import Forecast

SPLIT = "valid"
MOST_NUMBERS = 1 << 25
"""What may be kept of all lanes at once: 128 MB."""
MOST_STEPS, LEAST_PASSES = 10_000_000, 64
"""Steps of a series that each measurement may take, some 1.5 s for a network of 20 nodes on one
core, and how many passes over the rows it may take however many they are."""
STEPS_A_SERIES = 1_500
"""What it takes to begin a series, in steps."""
SHARES = np.linspace(0.05, 0.95, 9)
"""The quantiles at which a column's partial response is looked at."""
MOST_SORTED = 20_000
"""Training steps that quantiles are taken of, in each series about."""


class Substitute(NamedTuple):
    """What is read in the place of a column.

    Attributes:
        column: The column, counted among those that the network reads.
        draw: The column itself with its rows in the order of this draw; None for the same value at
            every step.
        held: That value, scaled; None for the column's mean on the training rows.
    """

    column: int
    draw: int | None = None
    held: float | None = None


Edges: TypeAlias = NDArray[np.bool_]
"""Some of a network's edges: `(n_edges + n_recurrent_edges,)`."""
Reading: TypeAlias = Mapping[Substitute, Edges]
"""Which edges read something else, by what they read; no edge twice."""


@dataclass(frozen=True, eq=False)
class Probe:
    """What can be asked of a network; build it with `of`.

    Attributes:
        task: The data.
        residual: Whether the network's outputs are added to the target at t.
        network: What of it reaches an output; ids are places.
        columns: `(n_used,)`: the columns of the data that it reads, in their order.
        inputs: `(time, n_used) float32` for each series of the validation split, scaled.
        means: `(n_used,)`: the columns' means over the training steps, scaled.
        grids: For each column some values that it takes on the training rows, rising, scaled.
    """

    task: Forecast
    residual: bool
    network: Network
    columns: NDArray[np.int64]
    inputs: tuple[NDArray[np.float32], ...]
    means: NDArray[np.float32]
    grids: tuple[NDArray[np.float32], ...]

    @staticmethod
    def of(task: Forecast, network: Network, residual: bool) -> Probe:
        """Return what can be asked of a trained network.

        Raises:
            GenomeError: The network has no weights, or an output that no input reaches.
        """
        places = [i for i, node in enumerate(network.inputs) if node.id in network.live]
        columns = np.array(places, np.int64)
        train = task.series("train", residual)
        n_steps = max(sum(len(one.inputs) for one in train), 1)
        sums = np.sum([one.inputs.sum(0, dtype=np.float64) for one in train], axis=0)
        means = sums[columns] / n_steps
        inputs = tuple(one.inputs[:, columns] for one in task.series(SPLIT, residual))
        some = np.concatenate(
            [one.inputs[:: max(n_steps // MOST_SORTED, 1), columns] for one in train]
        )
        grids = tuple(np.unique(np.quantile(one, SHARES).astype(np.float32)) for one in some.T)
        return Probe(
            task, residual, live_part(network), columns, inputs, np.asarray(means, np.float32),
            grids,
        )  # fmt: skip

    @property
    def names(self) -> list[str]:
        """The columns that the network reads, by name."""
        return [self.task.columns.inputs[column] for column in self.columns.tolist()]

    @property
    def sources(self) -> NDArray[np.int32]:
        """The place of each edge's source; columns come first among the nodes."""
        edges, recurrent = self.network.edges, self.network.recurrent_edges
        return np.concatenate([edges[:, 0], recurrent[:, 0]])

    @property
    def lags(self) -> NDArray[np.int32]:
        """How many steps back each edge reads."""
        edges, recurrent = self.network.edges, self.network.recurrent_edges
        return np.concatenate([np.zeros(len(edges), np.int32), recurrent[:, 2]])

    @property
    def strengths(self) -> NDArray[np.float64]:
        """The size of each edge's weight."""
        assert self.network.weights is not None
        return np.abs(self.network.weights[: len(self.sources)]).astype(np.float64)

    @property
    def passes(self) -> int:
        """How many passes over the rows each measurement may take."""
        n_steps = sum(len(one) + STEPS_A_SERIES for one in self.inputs)
        return max(MOST_STEPS // n_steps, LEAST_PASSES)

    def errors(
        self,
        readings: Sequence[Reading],
        orders: Sequence[Sequence[NDArray[np.int64]]] = (),
        stop: StopFlag | None = None,
    ) -> NDArray[np.float64]:
        """Return the mean absolute error on the scored rows under each reading.

        Args:
            readings: Which edges read something else.
            orders: For each draw and each series the rows, `(time,)`, as a shuffled column has
                them.
            stop: While it is not 0, nothing is computed.

        Returns:
            `(n_readings, n_targets)`, in own units: infinite where it is no number.

        Raises:
            CancelledError: The stop flag ended it.
        """
        found = list(chain.from_iterable(self._each(self._score, readings, orders, stop)))
        return np.nan_to_num(np.array(found), nan=np.inf, posinf=np.inf)

    def forecasts(
        self, readings: Sequence[Reading], stop: StopFlag | None = None
    ) -> NDArray[np.float64]:
        """Return the mean forecast over the scored rows under each reading.

        Args:
            readings: Which edges read something else; nothing shuffled.
            stop: While it is not 0, nothing is computed.

        Returns:
            `(n_readings, n_targets)`, in own units; it may not be finite.

        Raises:
            CancelledError: The stop flag ended it.
        """
        return np.array(list(chain.from_iterable(self._each(self._mean, readings, (), stop))))

    def _each(
        self,
        told: Callable[[Sequence[NDArray[np.float32]]], tuple[float, ...]],
        readings: Sequence[Reading],
        orders: Sequence[Sequence[NDArray[np.int64]]],
        stop: StopFlag | None,
    ) -> Iterator[list[tuple[float, ...]]]:
        """Yield what is told of the outputs of as many readings as are computed side by side."""
        for first in range(0, len(readings), self._lanes):
            some = readings[first : first + self._lanes]
            substitutes = list(dict.fromkeys(chain.from_iterable(some)))
            networks = [self._network(one, substitutes) for one in some]
            outputs: list[list[NDArray[np.float32]]] = [[] for _ in some]
            for series, inputs in enumerate(self.inputs):
                if stop is not None and stop[0]:
                    raise CancelledError
                more = [self._column(one, series, orders) for one in substitutes]
                values = np.column_stack([inputs, *more])  # (time, n_used + n_substitutes)
                for own, output in zip(outputs, predict_population(networks, values), strict=True):
                    own.append(output)
            yield [told(own) for own in outputs]

    def _network(self, reading: Reading, substitutes: Sequence[Substitute]) -> Network:
        """Return the network with an input for each column that is read instead."""
        network, sources = self.network, self.sources
        top = len(network.nodes)
        added = [
            network.nodes[one.column]._replace(id=top + i) for i, one in enumerate(substitutes)
        ]
        for one, edges in reading.items():
            sources[edges] = top + substitutes.index(one)
        n_edges = len(network.edges)
        return Network(
            (*network.nodes, *added),
            np.column_stack([sources[:n_edges], network.edges[:, 1]]),
            np.column_stack([sources[n_edges:], network.recurrent_edges[:, 1:]]),
            network.weights,
        )

    def _column(
        self, one: Substitute, series: int, orders: Sequence[Sequence[NDArray[np.int64]]]
    ) -> NDArray[np.float32]:
        inputs = self.inputs[series]
        if one.draw is None:
            value = self.means[one.column] if one.held is None else one.held
            return np.full(len(inputs), value, np.float32)
        return inputs[orders[one.draw][series], one.column]

    def _score(self, outputs: Sequence[NDArray[np.float32]]) -> tuple[float, ...]:
        predictions = self.task.unscale(SPLIT, outputs, self.residual)
        return self.task.score(SPLIT, predictions).mae

    def _mean(self, outputs: Sequence[NDArray[np.float32]]) -> tuple[float, ...]:
        predictions = self.task.unscale(SPLIT, outputs, self.residual)
        scored = [
            one[count] for one, count in zip(predictions, self.task.scored(SPLIT), strict=True)
        ]
        return tuple(np.concatenate(scored).mean(0).tolist())

    @property
    def _lanes(self) -> int:
        """How many networks fit into memory side by side."""
        longest, n_nodes = max(map(len, self.inputs)), len(self.network.nodes)
        outputs = longest * (len(self.network.outputs) + 1)
        history = self.network.max_skip * (n_nodes + MOST_LANES)
        return max(1, min(MOST_LANES, MOST_NUMBERS // max(outputs, history, 1)))


def live_part(network: Network) -> Network:
    """Return what of a network can reach an output; the ids of its nodes are their places.

    Raises:
        GenomeError: The network has an output that no input reaches.
    """
    nodes = sorted(
        (node for node in network.nodes if node.id in network.live),
        key=lambda node: node.kind != "input",
    )
    place = {node.id: i for i, node in enumerate(nodes)}
    n_edges, used = len(network.edges), network.live_weights
    n_both = n_edges + len(network.recurrent_edges)
    edges = network.edges[used[:n_edges]].tolist()
    recurrent = network.recurrent_edges[used[n_edges:n_both]].tolist()
    return Network(
        tuple(node._replace(id=i) for i, node in enumerate(nodes)),
        np.array([(place[s], place[t]) for s, t in edges], np.int32),
        np.array([(place[s], place[t], skip) for s, t, skip in recurrent], np.int32),
        None if network.weights is None else network.weights[used],
    )
