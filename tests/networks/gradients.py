"""One network laid out over batches in float64, and its gradients against finite differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellcolony.cells.lower import native
from cellcolony.networks import batches as batching
from cellcolony.networks.genome import Network
from cellcolony.networks.layout import lay_out
from cellcolony.networks.loops import scoring_loops, window_loops
from cellcolony.networks.memory import allocate
from cellcolony.networks.plan import plan
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series

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
        self.layout = lay_out(plan(self.network), self.cut.lanes, np.float64)
        self.loops = window_loops(np.float64, self.layout.vector)
        if self.block:
            self.layout = self.layout._replace(block=self.block)
        self.memory = allocate(self.layout, self.cut.longest, backward=True, dtype=np.float64)
        self.mask = self.network.live_weights

    def window(self, theta: np.ndarray, window: int) -> tuple[float, np.ndarray]:
        """Go forward and back through one window; loss and gradient by the live weights."""
        records = [as_record(v) for v in (self.layout, self.memory, self.cut)]
        layout, memory, cut = records
        loops, gradient = self.loops, np.zeros(theta.size)
        native.call(loops.spread_weights, theta, layout, memory)
        native.call(loops.begin_window, layout, memory, cut, window)
        assert native.call(loops.forward, layout, memory, self.cut.n_steps[window], GO_ON)
        loss = native.call(loops.backward, layout, memory, cut, window, SQUARED, GO_ON)
        native.call(loops.collect_gradient, layout, memory, gradient)
        return loss, gradient

    def predict(self, theta: np.ndarray) -> np.ndarray:
        """Return the outputs over all windows, `(window, time, output, lane)`."""
        outputs = np.zeros_like(self.cut.targets)
        records = [as_record(v) for v in (self.layout, self.memory, self.cut)]
        loops = scoring_loops(np.float64, self.layout.vector)
        assert native.call(loops.predict, theta, *records, outputs, GO_ON)
        return outputs

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
