"""Train a network from several draws of its weights at once, each in a lane of a vector.

What a sparse network comes to depends on its first weights as much as on its edges. A training by
whole series has a single sequence, which fills little of a vector: so more draws of one network
cost less than the first one did.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony.cells.lower import native
from cellcolony.cells.lower.simd import WIDTHS
from cellcolony.errors import GenomeError
from cellcolony.networks.best_epoch import lowest, to_beat
from cellcolony.networks.builders import draw_weights
from cellcolony.networks.genome import Network
from cellcolony.networks.loops import draw_loops
from cellcolony.networks.plan import plan
from cellcolony.networks.records import as_record
from cellcolony.networks.train import (
    DIVERGED,
    Trainer,
    TrainingResult,
    check_widths,
    prepared,
    stop_flag,
)
from cellcolony.networks.vectors import width_of_lanes


def draws_of(network: Network, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a network's own weights, then other draws of them (`draw_weights`).

    Args:
        network: It has weights.
        n: How many sets of weights.
        rng: Draws.

    Returns:
        `(n, n_all_weights)`.
    """
    networks = [network, *(draw_weights(network, rng) for _ in range(n - 1))]
    return np.stack([np.asarray(one.weights, np.float32) for one in networks])


def train_best_draw(
    trainer: Trainer,
    network: Network,
    rng: np.random.Generator,
    *,
    memory: Mapping[str, NDArray[np.floating]] | None = None,
    **how: Any,
) -> TrainingResult:
    """Train a network from as many draws of its weights as the protocol says; return the best one.

    A training that goes on does so with the draw that has left its memory.

    Args:
        trainer: Holds the data and the protocol.
        network: The first draw is its own weights.
        rng: Draws the others.
        memory: As for `Trainer.train`.
        **how: What else `train_draws` takes.

    Returns:
        The lowest validation loss; `seconds` and `n_steps` are those of all draws together.

    Raises:
        GenomeError, ConfigError: See `Trainer.train`.
    """
    n = trainer.protocol.draws
    if n == 1 or memory is not None:
        return trainer.train(network, memory=memory, **how)
    if network.weights is None:
        raise GenomeError("A network must have weights to be trained. Got none.")
    results = train_draws(trainer, network, draws_of(network, n, rng), **how)
    best = min(results, key=lambda one: (one.failure is not None, one.loss))
    seconds, n_steps = sum(one.seconds for one in results), sum(one.n_steps for one in results)
    return replace(best, seconds=seconds, n_steps=n_steps)


def train_draws(
    trainer: Trainer,
    network: Network,
    weights: ArrayLike,
    *,
    stop: NDArray[np.uint8] | None = None,
    epochs: int | None = None,
    schedule_epochs: int | None = None,
    rate: float = 1.0,
    weight_decay: float = 0.0,
    least_gain: float = 0.0,
    keep_memory: bool = False,
) -> list[TrainingResult]:
    """Train a network from several draws of its weights.

    As many as a vector holds are trained at once. What a draw comes to depends on no other draw, to
    the bit. Last bits differ from those of `Trainer.train`, which adds up in another order.

    Args:
        trainer: Holds the data and the protocol, whose `draws` are more than 1.
        network: What is trained; its own weights are not looked at.
        weights: `(n_draws, n_all_weights)`: where each training starts.
        stop: As for `Trainer.train`; so are the following.
        epochs: How many.
        schedule_epochs: How many the schedule of the learning rate spans.
        rate: The protocol's learning rates are multiplied by it.
        weight_decay: Added to the protocol's.
        least_gain: As for `Trainer.train`, of each draw.
        keep_memory: Whether results are to hold what `Trainer.train` needs to go on.

    Returns:
        One result for each draw. Each `seconds` is an equal share of the time of those at once.

    Raises:
        GenomeError: The network has an output that no input reaches, other numbers of inputs or
            outputs than the data, or another number of weights.
        ConfigError: `schedule_epochs` is less than `epochs`.
    """
    assert trainer.valid_of_draws is not None, "the protocol has a single draw"
    starts = np.atleast_2d(np.asarray(weights, np.float32))
    if starts.shape[1] != network.n_all_weights:
        raise GenomeError(
            f"A draw must have {network.n_all_weights} weights. Got {starts.shape[1]}."
        )
    check_widths(network, trainer.batches)
    rates = rate * trainer.rates(epochs, schedule_epochs)
    flag, at_once = stop_flag(stop), width_of_lanes()
    return [
        result
        for first in range(0, len(starts), at_once)
        for result in _train_at_once(
            trainer,
            network,
            starts[first : first + at_once],
            rates,
            weight_decay,
            least_gain,
            flag,
            keep_memory,
        )
    ]


def _train_at_once(
    trainer: Trainer,
    network: Network,
    starts: NDArray[np.float32],
    rates: NDArray[np.float64],
    weight_decay: float,
    least_gain: float,
    stop: NDArray[np.uint8],
    keep_memory: bool,
) -> list[TrainingResult]:
    """Train draws that fit into one vector; arguments are those of `train_draws`."""
    started, mask = time.perf_counter(), network.live_weights
    states = _States(trainer, network, starts[:, mask], len(rates), weight_decay)
    n_epochs = states.train(rates, least_gain, stop).tolist()
    seconds = (time.perf_counter() - started) / len(starts)
    found = []
    for i, start in enumerate(starts):
        trained, curve = start.copy(), states.curves[: n_epochs[i] + 1, i]
        trained[mask] = states.best[:, i]
        ended = bool(states.alive[i]) and n_epochs[i] == len(rates)
        found.append(
            TrainingResult(
                weights=trained,
                loss=lowest(curve, least_gain),
                curve=tuple(curve.tolist()),
                n_steps=max(n_epochs[i], 0) * trainer.n_steps_an_epoch,
                seconds=seconds,
                failure=None if states.alive[i] else DIVERGED,
                stopped=bool(states.alive[i]) and not ended,
                gradient_rms=(
                    trainer.gradient_rms(states.squares(i), len(rates), mask) if ended else None
                ),
                memory=states.memory(i) if keep_memory and ended else None,
            )
        )
    return found


class _States:
    """Draws of a network in training, one a lane of one vector.

    Args:
        trainer: Holds the data and the protocol.
        network: What is trained.
        starts: `(n_draws, n_weights)`: the first weights that can reach an output, of at most as
            many draws as a vector holds.
        epochs: How many epochs there are.
        weight_decay: Added to the protocol's.

    Attributes:
        alive: `(lanes,) uint8`: which draws are trained and have not diverged.
        best: `(n_weights, lanes)`: the weights of each draw's best epoch.
        curves: `(epochs + 1, lanes) float64`: validation losses; NaN where not known.
    """

    def __init__(
        self,
        trainer: Trainer,
        network: Network,
        starts: NDArray[np.float32],
        epochs: int,
        weight_decay: float,
    ) -> None:
        n, dtype = len(starts), trainer.dtype
        lanes = next(width for width in WIDTHS if n <= width)
        planned, size = plan(network), {"dtype": dtype, "draws": (lanes, lanes)}
        assert trainer.valid_of_draws is not None
        self._valid = trainer.valid_of_draws
        self._training = prepared(planned, trainer.batches, backward=True, **size)
        self._validation = prepared(planned, self._valid, backward=False, **size)
        self._settings = as_record(trainer.protocol.settings(weight_decay))
        self._loops = draw_loops(dtype, lanes)
        self._theta = np.zeros((starts.shape[1], lanes), dtype)
        self._theta[:, :n] = starts.T
        self._optimizer = np.zeros((3, *self._theta.shape), dtype)
        self.alive = np.zeros(lanes, np.uint8)
        self.alive[:n] = 1
        self.best = self._theta.copy()
        self.curves = np.full((epochs + 1, lanes), np.nan)

    def train(
        self, rates: NDArray[np.float64], least_gain: float, stop: NDArray[np.uint8]
    ) -> NDArray[np.int64]:
        """Train all epochs, and validate all draws before and after each.

        Returns:
            `(lanes,)`: how many epochs each draw has finished; -1 where not even the first
            validation was.
        """
        training, validation = (
            [as_record(part) for part in parts] for parts in (self._training, self._validation)
        )
        theta, errors = self._theta.reshape(-1), np.zeros(len(self.alive))
        n_windows = rates.shape[1]
        n_numbers = max(self._valid.n_counted, 1) * self._valid.targets.shape[2]
        n_epochs = np.full(len(errors), -1)
        for epoch in range(len(rates) + 1):
            if epoch > 0 and not native.call(
                self._loops.train, theta, self.alive, rates[epoch - 1], self._settings, *training,
                self._optimizer.reshape(3, -1), stop, (epoch - 1) * n_windows,
            ):  # fmt: skip
                break
            if not self.alive.any() or not native.call(
                self._loops.score, theta, *validation, errors, stop
            ):
                break
            losses, was_alive = errors / n_numbers, self.alive.astype(bool)
            self.alive[~np.isfinite(losses)] = 0
            n_epochs[was_alive] = epoch
            self.curves[epoch, was_alive] = losses[was_alive]
            if epoch > 0:
                better = losses < to_beat(self.curves[:epoch], least_gain)
                better &= self.alive.astype(bool)
                self.best[:, better] = self._theta[:, better]
        return n_epochs

    def squares(self, lane: int) -> NDArray[np.floating]:
        """Return what the optimizer remembers of the squares of a draw's gradients."""
        return self._optimizer[2][:, lane]

    def memory(self, lane: int) -> dict[str, NDArray[np.floating]]:
        """Return what `training_memory` says a finished training leaves."""
        _, first, second = self._optimizer
        of_weights = {"theta": self._theta, "best": self.best, "first": first, "second": second}
        kept = {name: np.ascontiguousarray(one[:, lane]) for name, one in of_weights.items()}
        return {**kept, "curve": self.curves[:, lane].copy()}
