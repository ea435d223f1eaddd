"""Train and score sparse networks: series and a genome in, trained weights and a loss out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower import native
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks import batches as batching
from cellcolony.networks.batches import Batches
from cellcolony.networks.best_epoch import lowest, to_beat
from cellcolony.networks.genome import Network
from cellcolony.networks.layout import Layout, lay_out
from cellcolony.networks.loops import epoch_loops, scoring_loops
from cellcolony.networks.memory import Memory, allocate
from cellcolony.networks.plan import Plan, plan
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series
from cellcolony.networks.training_memory import TrainingMemory

Parts = tuple[Layout, Memory, Batches]
"""What kernels work on: what is computed, where, and on what."""
DIVERGED = "the training diverged"
SCORING_WINDOW = 256
"""Steps that are scored at once."""


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The result of a training; where it went on with an earlier one, of both together.

    Attributes:
        weights: `(n_all_weights,) float32`: of the epoch with the lowest validation loss; the
            starting ones where none is lower by `least_gain`.
        loss: Their validation loss: the mean absolute error over outputs and counted steps, in
            scaled units.
        curve: The validation loss of the starting weights, then after each finished epoch.
        n_steps: How many time steps this call trained on, in finished epochs.
        seconds: Wall time of this call.
        failure: `DIVERGED`, or None.
        stopped: Whether the stop flag ended it before the last epoch.
        gradient_rms: See `Evaluation`; None for a training that was stopped, and for an optimizer
            that keeps no squares of gradients.
        memory: What `Trainer.train` needs to go on: see `training_memory`. None where it was not
            asked for, and for a training that diverged or was stopped.
    """

    weights: NDArray[np.float32]
    loss: float
    curve: tuple[float, ...]
    n_steps: int
    seconds: float
    failure: str | None
    stopped: bool
    gradient_rms: NDArray[np.float32] | None = None
    memory: Mapping[str, NDArray[np.floating]] | None = None


class Trainer:
    """Trains networks on the same data by the same protocol, in as many threads as call it.

    The data are laid out once; each call takes its own memory and holds no interpreter lock.
    Several draws of a network's weights are trained at once by `draws.train_draws`.

    Args:
        train: What is trained on.
        valid: What each epoch is judged on: its counted steps.
        protocol: How.
        dtype: float32, or float64 for checks.
    """

    def __init__(
        self,
        train: Sequence[Series],
        valid: Sequence[Series],
        protocol: Protocol,
        dtype: Precision = np.float32,
    ) -> None:
        self.protocol = protocol
        self.dtype: Precision = dtype
        self._train = tuple(train)
        self.batches = self._batches_of(self._train)
        self._valid = batching.for_scoring(valid, SCORING_WINDOW, dtype)
        self.valid_of_draws: Batches | None = None
        if protocol.draws > 1:
            self.valid_of_draws = batching.one_after_another(valid, SCORING_WINDOW, dtype)
        self.n_steps_an_epoch = int(self.batches.counts.sum())

    def _batches_of(self, train: Sequence[Series]) -> Batches:
        protocol = self.protocol
        if protocol.window:
            batches = batching.side_by_side(train, protocol.lanes, protocol.window, self.dtype)
        else:
            batches = batching.whole_series(train, self.dtype)
        return batching.repeated(batches, protocol.passes)

    def taught_by(self, teacher: Network) -> Trainer:
        """Return a trainer whose networks learn a network's forecasts, in place of the targets.

        They are judged by the targets of validation, as before.

        Args:
            teacher: A trained network; each series is forecast from zero state.

        Raises:
            GenomeError: It has no weights, or does not fit the data.
        """
        forecasts = predict_each(teacher, [one.inputs for one in self._train])
        other = copy(self)
        other._train = tuple(
            one._replace(targets=told) for one, told in zip(self._train, forecasts, strict=True)
        )
        other.batches = self._batches_of(other._train)
        return other

    @property
    def n_updates_an_epoch(self) -> int:
        """How often an epoch changes the weights."""
        return self.batches.n_windows

    def train(
        self,
        network: Network,
        *,
        stop: NDArray[np.uint8] | None = None,
        epochs: int | None = None,
        schedule_epochs: int | None = None,
        rate: float = 1.0,
        weight_decay: float = 0.0,
        least_gain: float = 0.0,
        memory: Mapping[str, NDArray[np.floating]] | None = None,
        keep_memory: bool = False,
    ) -> TrainingResult:
        """Train a network from its own weights, or go on with an earlier training of it.

        A training that goes on ends, bit for bit, as one that was never interrupted, if both have
        the same `schedule_epochs`.

        Args:
            network: The genome; its weights are where training starts.
            stop: `(1,) uint8`; when it becomes nonzero, training ends before the next update with
                what it has.
            epochs: How many epochs in all, those of the earlier training included; None for the
                protocol's number.
            schedule_epochs: How many epochs the schedule of the learning rate spans; None for
                `epochs`.
            rate: The protocol's learning rates are multiplied by it.
            weight_decay: Added to the protocol's.
            least_gain: By which share the validation loss of the weights that it starts from must
                be lowered; else these are its result.
            memory: What an earlier training of the same network on the same data returned; it is
                not changed. None to start.
            keep_memory: Whether the result is to hold what a later training needs to go on.

        Raises:
            GenomeError: The network has no weights, an output that no input reaches, or numbers of
                inputs or outputs that are not those of the data.
            ConfigError: `schedule_epochs` is less than `epochs`.
            RunError: The memory is not one of such a training.
        """
        if network.weights is None:
            raise GenomeError("A network must have weights to be trained. Got none.")
        check_widths(network, self.batches)
        started = time.perf_counter()
        rates = rate * self.rates(epochs, schedule_epochs)
        epochs = len(rates)
        planned = plan(network)
        training = prepared(planned, self.batches, backward=True, dtype=self.dtype)
        validation = prepared(planned, self._valid, backward=False, dtype=self.dtype)
        mask = network.live_weights
        theta = network.weights[mask].astype(self.dtype)
        if memory is None:
            state = TrainingMemory.start(theta, epochs)
        else:
            state = TrainingMemory.of(memory, theta, epochs)
        loops = epoch_loops(self.dtype, training[0].vector)
        status, n_epochs = self._run(
            state, rates, weight_decay, least_gain, training, validation, stop_flag(stop)
        )
        weights = network.weights.copy()
        weights[mask] = state.best
        return TrainingResult(
            weights=weights,
            loss=lowest(state.curve, least_gain),
            curve=tuple(state.curve[: n_epochs + 1].tolist()),
            n_steps=(n_epochs - max(state.n_known - 1, 0)) * self.n_steps_an_epoch,
            seconds=time.perf_counter() - started,
            failure=DIVERGED if status == loops.DIVERGED else None,
            stopped=status == loops.STOPPED,
            gradient_rms=(
                self.gradient_rms(state.optimizer[2], n_epochs, mask)
                if status == loops.FINISHED
                else None
            ),
            memory=state.to_dict() if keep_memory and status == loops.FINISHED else None,
        )

    def rates(
        self, epochs: int | None = None, schedule_epochs: int | None = None
    ) -> NDArray[np.float64]:
        """Return the learning rate of each update, `(epochs, n_updates_an_epoch)`; see `train`.

        Raises:
            ConfigError: `schedule_epochs` is less than `epochs`.
        """
        epochs = self.protocol.epochs if epochs is None else epochs
        span = replace(self.protocol, epochs=epochs if schedule_epochs is None else schedule_epochs)
        if span.epochs < epochs:
            raise ConfigError(
                f"`schedule_epochs` must be at least `epochs`, {epochs}. Got {span.epochs}."
            )
        return span.rates(self.n_updates_an_epoch)[:epochs]

    def gradient_rms(
        self, second: NDArray[np.floating], n_epochs: int, in_use: NDArray[np.bool_]
    ) -> NDArray[np.float32] | None:
        """Return the root mean square of the gradient by each weight, as Adam remembers it.

        Args:
            second: Its memory of squares, `(n_weights,)`, of the weights in use.
            n_epochs: How many epochs it was trained.
            in_use: Which of all weights these are, `(n_all_weights,)`.
        """
        if self.protocol.optimizer != "adam" or n_epochs == 0:
            return None
        remembered = 1 - self.protocol.decay ** (n_epochs * self.n_updates_an_epoch)
        found = np.zeros(in_use.size, np.float32)
        found[in_use] = np.sqrt(second / remembered)
        return found

    def _run(
        self,
        state: TrainingMemory,
        rates: NDArray[np.float64],
        weight_decay: float,
        least_gain: float,
        training: Parts,
        validation: Parts,
        stop: NDArray[np.uint8],
    ) -> tuple[int, int]:
        """Train the epochs that are left, `rates` of all, and validate the weights after each.

        Returns:
            How it ended, and how many epochs are finished, those of an earlier training included.
        """
        loops = epoch_loops(self.dtype, training[0].vector)
        score_all = scoring_loops(self.dtype, validation[0].vector).score
        training_records = [as_record(part) for part in training]
        validation_records = [as_record(part) for part in validation]
        settings = as_record(self.protocol.settings(weight_decay))
        n_windows = len(self.batches.n_steps)
        errors = np.zeros((2, self._valid.targets.shape[2]))
        for epoch in range(state.n_known, len(rates) + 1):
            if epoch > 0:
                status = native.call(
                    loops.train,
                    state.theta,
                    rates[epoch - 1],
                    settings,
                    *training_records,
                    state.optimizer,
                    stop,
                    (epoch - 1) * n_windows,
                )
                if status != loops.FINISHED:
                    return status, epoch - 1
            if not native.call(score_all, state.theta, *validation_records, errors, stop):
                return loops.STOPPED, max(epoch - 1, 0)
            loss = errors[0].sum() / (max(self._valid.n_counted, 1) * len(errors[0]))
            state.curve[epoch] = loss
            if not np.isfinite(loss):
                return loops.DIVERGED, epoch
            if epoch > 0 and loss < to_beat(state.curve[:epoch], least_gain):
                state.best[:] = state.theta
        return loops.FINISHED, len(rates)


def score(network: Network, series: Sequence[Series]) -> tuple[NDArray, NDArray]:
    """Return each output's mean absolute and mean squared error over the counted steps.

    Returns:
        Two arrays `(n_outputs,) float64`, in scaled units.
    """
    cut = batching.for_scoring(series, SCORING_WINDOW)
    errors = np.zeros((2, len(network.outputs)))
    _run("score", network, cut, errors)
    return errors[0] / cut.n_counted, errors[1] / cut.n_counted


def predict(network: Network, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a network over a series from zero state.

    Args:
        network: A trained network.
        inputs: `(time, n_inputs) float32`, scaled.

    Returns:
        `(time, n_outputs) float32`: what the outputs give at each step, in scaled units.
    """
    return predict_each(network, [inputs])[0]


def predict_each(
    network: Network, inputs: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Run a network over several series, each from zero state; from three on, side by side.

    That is several times as fast as one after the other, and may differ in the last bits.

    Args:
        network: A trained network.
        inputs: `(time, n_inputs) float32` for each series, scaled.

    Returns:
        `(time, n_outputs) float32` for each: see `predict`.
    """
    n_outputs = len(network.outputs)
    series = [
        Series(
            np.asarray(one, np.float32),
            np.zeros((len(one), n_outputs), np.float32),
            np.ones(len(one), bool),
        )
        for one in inputs
    ]
    cut = batching.for_scoring(series, SCORING_WINDOW)
    outputs = np.zeros_like(cut.targets)
    _run("predict", network, cut, outputs)
    return batching.each_series(outputs, [len(one) for one in inputs], SCORING_WINDOW)


def _run(loop: str, network: Network, cut: Batches, results: NDArray[np.floating]) -> None:
    """Run a network over batches by a loop of `scoring_kernels.py`, which writes results."""
    check_widths(network, cut)
    theta = weights_to_run(network)
    parts = prepared(plan(network), cut, backward=False)
    function = getattr(scoring_loops(vector=parts[0].vector), loop)
    native.call(function, theta, *map(as_record, parts), results, stop_flag(None))


def weights_to_run(network: Network) -> NDArray[np.float32]:
    """Return the weights that can reach an output.

    Raises:
        GenomeError: The network has no weights, or an output that no input reaches.
    """
    if network.weights is None:
        raise GenomeError("A network must have weights to be run. Got none.")
    return network.weights[network.live_weights]


def prepared(
    planned: Plan,
    cut: Batches,
    *,
    backward: bool,
    dtype: Precision = np.float32,
    draws: tuple[int, int] | None = None,
) -> Parts:
    """Return what kernels work on; it must live for as long as they do.

    Args:
        planned: What is computed.
        cut: On what.
        backward: Whether gradients will be computed.
        dtype: float32 or float64.
        draws: Lanes that are draws of weights, and floats in their vectors; None where the lanes
            are those of the data.
    """
    lanes, vector = draws or (cut.lanes, None)
    layout = lay_out(planned, lanes, dtype, vector, backward, draws is not None)
    return layout, allocate(layout, int(cut.n_steps.max()), backward=backward, dtype=dtype), cut


def stop_flag(stop: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Return a stop flag: the one given, or one that nobody sets."""
    return np.zeros(1, np.uint8) if stop is None else stop


def check_widths(network: Network, cut: Batches) -> None:
    """Check that a network has as many inputs and outputs as the data.

    Raises:
        GenomeError: It has not.
    """
    n_inputs, n_outputs = cut.inputs.shape[2], cut.targets.shape[2]
    if len(network.inputs) != n_inputs or len(network.outputs) != n_outputs:
        raise GenomeError(
            f"The data have {n_inputs} inputs and {n_outputs} targets. "
            f"Got a network with {len(network.inputs)} inputs and {len(network.outputs)} outputs."
        )
