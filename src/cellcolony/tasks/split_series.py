"""Series in splits, in scaled units, and scores on the rows that every model is scored on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network
from cellcolony.networks.series import Series
from cellcolony.networks.train import predict_each
from cellcolony.tasks.columns import Columns
from cellcolony.tasks.fingerprint import fingerprint
from cellcolony.tasks.lags import LagMenu
from cellcolony.tasks.recording import Recording
from cellcolony.tasks.scaling import scaled_inputs
from cellcolony.tasks.scores import Errors, score
from cellcolony.tasks.splits import Piece, Splits, check_split
from cellcolony.tasks.stretches import error_sums
from cellcolony.tasks.transform import Transform


@dataclass(frozen=True, eq=False, repr=False)
class SplitSeries:
    """Series of which some rows train, some choose and some test.

    Row t's target is the target column at row t + horizon; or the rows up to that, each an output,
    which must then lie in the same split. Training takes the rows whose target lies in the training
    split. A score is one pass from a series' first row with zero state up to
    the end of the split, counted on the rows whose target lies in the split and that have as many
    earlier rows as the longest lag of any rival. Every model is scored on the same rows.

    Attributes:
        recordings: The files as numbers: training first, then validation, then test.
        splits: Which rows of which recording belong to "train", "valid" and "test".
        transform: What predicting new data needs, without the training data.
        columns: Which columns are used.
        lags: How many earlier rows rivals may read, and the periods of the targets.
    """

    recordings: tuple[Recording, ...]
    splits: Splits
    transform: Transform
    columns: Columns
    lags: LagMenu

    def series(self, split: str, residual: bool) -> list[Series]:
        """Return the series of a split, in scaled units.

        Args:
            split: "train": the rows whose target lies in train, all of them counted. "valid" or
                "test": the rows from the file's first to the last whose target lies in the split,
                the scored ones counted. Rows that were filled may not count (see `from_csv`).
            residual: Whether the targets are target(t + horizon) - target(t), not the former alone.

        Returns:
            One for each file; arrays may be shared and are read-only.
        """
        scaling = self.transform.target_scaling
        series = []
        for piece, truth, base in zip(
            self._pieces(split), self.truth(split), self.base(split), strict=True
        ):
            targets = (truth - base) / scaling.width if residual else scaling.scaled(truth)
            n_steps = piece.n_steps(self.transform.horizon)
            counts = self._honest(piece) if split == "train" else self._scored(piece)
            arrays = (
                self._scaled_inputs[piece.recording][:n_steps],
                targets.astype(np.float32),
                counts,
            )
            for array in arrays:
                array.flags.writeable = False
            series.append(Series(*arrays))
        return series

    @property
    def outputs(self) -> tuple[str, ...]:
        """What is forecast and scored: the targets, or each of their steps."""
        return self.transform.outputs

    def truth(self, split: str) -> list[NDArray[np.float64]]:
        """Return target(t + horizon) at each step of `series`, `(time, n_targets)`, own units.

        Where several steps have an output each, target(t + step) for each of them.
        """
        transform = self.transform
        n_each = len(transform.steps) // len(transform.targets)
        found = []
        for piece in self._pieces(split):
            targets = self.recordings[piece.recording].targets
            n_steps = piece.n_steps(transform.horizon)
            if n_each == 1:
                found.append(targets[transform.horizon : transform.horizon + n_steps])
            else:
                columns = [
                    targets[step : step + n_steps, i // n_each]
                    for i, step in enumerate(transform.steps)
                ]
                found.append(np.stack(columns, 1))
        return found

    def base(self, split: str) -> list[NDArray[np.float64]]:
        """Return target(t) at each step of `series`, `(time, n_targets)`, own units."""
        return [
            self.transform.for_outputs(
                self.recordings[piece.recording].targets[: piece.n_steps(self.transform.horizon)]
            )
            for piece in self._pieces(split)
        ]

    def scored(self, split: str) -> list[NDArray[np.bool_]]:
        """Return which steps of `series` a score counts, `(time,) bool` for each."""
        return [self._scored(piece) for piece in self._pieces(split)]

    def unscale(
        self, split: str, outputs: Sequence[NDArray[np.floating]], residual: bool
    ) -> list[NDArray[np.float64]]:
        """Return a network's outputs over the series of a split as predictions, in own units.

        Args:
            split: Which split the outputs were computed on.
            outputs: `(time, n_targets)` for each series, in scaled units.
            residual: Whether they are to be added to the target at t.
        """
        bases = self.base(split)
        self._check_shapes(split, outputs, "outputs")
        return [
            self.transform.unscale(output, base if residual else None)
            for output, base in zip(outputs, bases, strict=True)
        ]

    def score(self, split: str, predictions: Sequence[NDArray[np.floating]]) -> Errors:
        """Score predictions on the rows that every model is scored on.

        Args:
            split: Which split was predicted.
            predictions: `(time, n_targets)` for each series, in own units; row t predicts
                t + horizon. Rows that are not scored may hold anything.

        Raises:
            ConfigError: There is no such split, or the shapes are not those of its series.
        """
        self._check_shapes(split, predictions, "predictions")
        return score(self.outputs, predictions, self.truth(split), self.scored(split), self.naive)

    @cached_property
    def naive(self) -> NDArray[np.float64]:
        """The mean absolute error of persistence on the rows trained on, `(n_targets,)`.

        In own units; what `mase` is scaled by.
        """
        pairs = zip(self.truth("train"), self.base("train"), self.splits["train"], strict=True)
        changes = [np.abs(truth - base)[self._honest(piece)] for truth, base, piece in pairs]
        return np.concatenate(changes).mean(0)

    def error_sums(
        self, split: str, predictions: Sequence[NDArray[np.floating]]
    ) -> NDArray[np.float64]:
        """Return the absolute errors of predictions, summed over short stretches of scored rows.

        Args:
            split: Which split was predicted.
            predictions: As for `score`.

        Returns:
            `(stretches, n_targets)`, in own units; see `tasks/stretches.py`.

        Raises:
            ConfigError: There is no such split, or the shapes are not those of its series.
        """
        self._check_shapes(split, predictions, "predictions")
        return error_sums(predictions, self.truth(split), self.scored(split))

    @property
    def has_test(self) -> bool:
        """Whether there are rows to test on."""
        return bool(self.splits["test"])

    def predictions(
        self, network: Network, split: str, residual: bool
    ) -> list[NDArray[np.float64]]:
        """Return what a trained network predicts on a split: one array for each of its series.

        Args:
            network: A trained network.
            split: "valid" or "test".
            residual: Whether its outputs are added to the target at t.

        Returns:
            `(time, n_targets)` for each series, in own units.
        """
        outputs = predict_each(network, [one.inputs for one in self.series(split, residual)])
        return self.unscale(split, outputs, residual)

    @property
    def n_scored(self) -> dict[str, int]:
        """How many rows are trained on ("train") and scored ("valid", "test")."""
        return {
            "train": sum(int(self._honest(piece).sum()) for piece in self.splits["train"]),
            "valid": sum(int(counts.sum()) for counts in self.scored("valid")),
            "test": sum(int(counts.sum()) for counts in self.scored("test")),
        }

    @property
    def fingerprint(self) -> str:
        """A hash (SHA-256) of the used columns' names and values, the horizon and the splits."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        horizon, first = self.transform.horizon, self.transform.first
        return fingerprint(self.recordings, self.splits, horizon, self.lags.history, first)

    @cached_property
    def _scaled_inputs(self) -> tuple[NDArray[np.float32], ...]:
        """The inputs of every recording, `(rows, n_inputs)`; the splits share them."""
        return tuple(
            scaled_inputs(recording.values, self.columns.inputs, self.transform.input_scaling)
            for recording in self.recordings
        )

    def _pieces(self, split: str) -> tuple[Piece, ...]:
        check_split(split)
        return self.splits[split]

    def _honest(self, piece: Piece) -> NDArray[np.bool_]:
        horizon, first = self.transform.horizon, self.transform.first
        honest = self.recordings[piece.recording].is_honest(horizon, first)
        return honest[: piece.n_steps(horizon)]

    def _scored(self, piece: Piece) -> NDArray[np.bool_]:
        horizon, first = self.transform.horizon, self.transform.first
        return self._honest(piece) & piece.scored(horizon, self.lags.history, first)

    def _check_shapes(self, split: str, arrays: Sequence[NDArray[np.floating]], what: str) -> None:
        expected = [truth.shape for truth in self.truth(split)]
        found = [np.shape(array) for array in arrays]
        if found != expected:
            raise ConfigError(
                f"`{what}` must hold one array (time, n_targets) for each series of {split}, "
                f"{expected}. Got {found}."
            )
