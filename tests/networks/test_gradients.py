"""The engine against its oracle, and its gradients against finite differences, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from cellcolony.cells.lower.simd import VECTOR
from cellcolony.networks import batches as batching
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network
from cellcolony.networks.layout import lay_out
from cellcolony.networks.loops import epoch_loops, window_loops
from cellcolony.networks.memory import Memory, allocate
from cellcolony.networks.plan import plan
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series
from tests.networks.oracle import CELLS, random_network, run

GO_ON = np.zeros(1, np.uint8)
SQUARED = 0
N_DIRECTIONS, STEP = 6, 1e-6


@dataclass
class Engine:
    """One network laid out over batches in float64, window by window."""

    network: Network
    cut: batching.Batches
    block: int | None = None

    def __post_init__(self) -> None:
        self.loops = window_loops(np.float64)
        self.layout = lay_out(plan(self.network), self.cut.lanes, np.float64)
        if self.block:
            self.layout = self.layout._replace(block=self.block)
        self.memory = allocate(self.layout, self.cut.longest, backward=True, dtype=np.float64)
        self.mask = self.network.live_weights

    def window(self, theta: np.ndarray, window: int) -> tuple[float, np.ndarray]:
        """Go forward and back through one window; loss and gradient by the live weights."""
        records = [as_record(v) for v in (self.layout, self.memory, self.cut)]
        layout, memory, cut = records
        self.loops.spread_weights(theta, layout, memory)
        self.loops.begin_window(layout, memory, cut, window)
        assert self.loops.forward(layout, memory, self.cut.n_steps[window], GO_ON)
        loss = self.loops.backward(layout, memory, cut, window, SQUARED, GO_ON)
        gradient = np.zeros(theta.size)
        self.loops.collect_gradient(layout, memory, gradient)
        return loss, gradient

    def keep(self) -> list[np.ndarray]:
        return [v.copy() for v in self.memory if isinstance(v, np.ndarray)]

    def restore(self, kept: list[np.ndarray]) -> None:
        arrays = [v for v in self.memory if isinstance(v, np.ndarray)]
        for array, old in zip(arrays, kept, strict=True):
            array[:] = old


def some_series(rng, lengths, n_inputs=3, n_outputs=2, p_counts=0.8) -> list[Series]:
    return [
        Series(
            rng.normal(0, 1, (n, n_inputs)).astype(np.float32),
            rng.normal(0, 1, (n, n_outputs)).astype(np.float32),
            rng.random(n) < p_counts,
        )
        for n in lengths
    ]


def assert_gradients_match(
    network: Network, cut: batching.Batches, block: int | None = None
) -> None:
    """Check every window's gradient, with the state carried over from the windows before held.

    Each direction moves all weights by as much, up or down: a number of the gradient that is wrong
    shows with its whole size, whatever the others are.
    """
    engine, rng = Engine(network, cut, block), np.random.default_rng(0)
    assert network.weights is not None
    theta = network.weights[network.live_weights].astype(np.float64)
    for window in range(cut.n_windows):
        if cut.n_counts[window] == 0:
            continue
        kept = engine.keep()
        _, gradient = engine.window(theta, window)
        after = engine.keep()
        for way in rng.choice((-1.0, 1.0), (N_DIRECTIONS, theta.size)):
            losses = []
            for sign in (1, -1):
                engine.restore(kept)
                losses.append(engine.window(theta + sign * STEP * way, window)[0])
            numeric = (losses[0] - losses[1]) / (2 * STEP)
            largest = max(np.abs(gradient).max(), 1e-3)
            assert abs(gradient @ way - numeric) < 1e-6 * largest
        engine.restore(after)


EVOLVED = "node_bias:mul(sigmoid(z3), tanh(add(mul(d, sigmoid(z2)), add(c, z1)>c)>d))"


@pytest.mark.parametrize("cell", [*CELLS, EVOLVED])
def test_gradients_of_every_cell_match_finite_differences(cell):
    rng = np.random.default_rng(3)
    network = fixed_network([cell], 3, 2, width=3, output_cell=cell, time_skips=(1, 2))
    network = draw_weights(network, rng)
    assert_gradients_match(network, batching.whole_series(some_series(rng, [11]), np.float64))


@pytest.mark.parametrize("seed", range(12))
def test_gradients_of_random_networks_match_over_whole_series_of_unequal_length(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    cut = batching.whole_series(some_series(rng, [9, 14]), np.float64)
    assert_gradients_match(network, cut)


@pytest.mark.parametrize("seed", range(12))
def test_gradients_of_random_networks_match_in_windows_and_lanes_with_carried_state(seed):
    rng = np.random.default_rng(100 + seed)
    network = random_network(rng)
    cut = batching.side_by_side(some_series(rng, [60, 37, 21]), VECTOR, 5, np.float64)
    assert cut.n_windows > 1
    assert_gradients_match(network, cut)


def test_gradients_match_where_a_time_skip_is_longer_than_a_window_and_a_block():
    rng = np.random.default_rng(5)
    network = random_network(rng, max_skip=12, p_recurrent=0.05)
    cut = batching.for_scoring(some_series(rng, [20]), 5, np.float64)
    assert_gradients_match(network, cut)


@pytest.mark.parametrize("lanes", [1, VECTOR])
@pytest.mark.parametrize("block", [1, 2, 7])
def test_gradients_match_over_blocks_of_time_also_shorter_than_a_skip(lanes, block):
    rng = np.random.default_rng(6)
    network = random_network(rng, n_hidden=5, max_skip=4)
    series = some_series(rng, [16] * lanes)
    if lanes == 1:
        cut = batching.whole_series(series, np.float64)
    else:
        cut = batching.side_by_side(series, lanes, 16, np.float64)
    assert_gradients_match(network, cut, block)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("lanes", [1, VECTOR])
def test_the_engine_computes_what_the_oracle_computes(seed, lanes):
    rng = np.random.default_rng(200 + seed)
    network = random_network(rng, n_hidden=12)
    assert network.weights is not None
    series = some_series(rng, [23, 31, 17][: 3 if lanes > 1 else 1])
    if lanes == 1:
        cut = batching.for_scoring(series, 7, np.float64)
    else:
        cut = batching.side_by_side(series, lanes, 100, np.float64)
    engine = Engine(network, cut)
    theta = network.weights[network.live_weights].astype(np.float64)
    outputs = np.zeros_like(cut.targets)
    memory: Memory = engine.memory
    records = [as_record(v) for v in (engine.layout, memory, cut)]
    assert epoch_loops(np.float64).predict(theta, *records, outputs, GO_ON)
    weights = network.weights.astype(np.float64)
    for lane in range(lanes):
        for first in np.flatnonzero(cut.fresh[:, lane]):
            later = np.flatnonzero(cut.fresh[first + 1 :, lane])
            last = first + 1 + (later[0] if later.size else cut.n_windows - first - 1)
            xs = np.concatenate(
                [cut.inputs[w, : cut.n_steps[w], :, lane] for w in range(first, last)]
            )
            ys = np.concatenate([outputs[w, : cut.n_steps[w], :, lane] for w in range(first, last)])
            np.testing.assert_allclose(ys, run(network, weights, xs), rtol=0, atol=1e-12)
