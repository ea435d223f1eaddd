"""Evolved networks as a scikit-learn estimator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors.numpy import save
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError, RunError, brief
from cellcolony.judges.full import FullTraining
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.networks import begin_training
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.protocol import protocol as protocol_named
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer, predict
from cellcolony.networks.warm_up import warm_up
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.departures import warn_of
from cellcolony.runs.executors import interrupts_set, working
from cellcolony.runs.ledger import Ledger, told_reasons
from cellcolony.runs.loop import Flight, run_search
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.seeds import rng_for
from cellcolony.settings import Count, Number, record, settings
from cellcolony.store import foreign
from cellcolony.store.reading import LARGEST_ARRAYS, parse_tensors
from cellcolony.tasks.settings import names_of
from cellcolony.tasks.training_range import TrainingRange

FORMAT = "cellcolony regressor 1"

CHECKS_THAT_DO_NOT_APPLY = {
    "check_methods_sample_order_invariance": "rows are one series: their order is their meaning",
    "check_methods_subset_invariance": "a prediction depends on the rows before it",
}
"""For `sklearn.utils.estimator_checks.check_estimator(expected_failed_checks=...)`."""


@settings
class _Saved:
    """What a file of `ForecastRegressor.save` says beside its arrays.

    Attributes:
        format: `FORMAT`.
        parameters: Those of the estimator.
        network: The network, as `Network.to_dict` gives it.
        loss: Its validation loss.
        n_networks: How many networks were tried.
        y_ndim: 1 for a single target without an axis of its own.
        feature_names: The names of the columns; none where they have none.
    """

    format: str
    parameters: Mapping[str, Any]
    network: Mapping[str, Any]
    loss: Number
    n_networks: Count
    y_ndim: Count
    feature_names: tuple[str, ...]


class ForecastRegressor(RegressorMixin, BaseEstimator):
    """Evolves a recurrent network that reads one series row by row.

    X is one series in the order of time, and y[t] is what is wanted once rows 0 to t are known: to
    forecast, shift the target before, `fit(X[:-1], target[1:])`. A prediction begins with an empty
    memory at the first row that it is given, so its first rows are worse; and rows in another order
    are another series.

    The network is chosen on the last rows, which it is not trained on; nothing is added to the
    target's own last value, which is not known here.

    Args:
        budget: When to end the search: "200 networks", "10min", "loss<0.01".
        seed: The same seed on one worker gives the same network.
        workers: How many networks train at once.
        protocol: How they are trained, "modern" or "paper".
        epochs: How often a network goes through the data; None for the protocol's number.
        n_ants: How many ants lay out a network.
        n_layers: How many hidden layers they may use.
        n_nodes_per_layer: How many nodes in each.
        cells: The cells of hidden nodes, by name.
        valid_share: The share of the rows, at their end, that networks are chosen on.

    Attributes:
        network_: The best network.
        loss_: Its mean absolute error on the rows that it was chosen on, in scaled units.
        n_networks_: How many networks were tried.
        n_features_in_: How many columns X has.
        feature_names_in_: Their names, where X has names.
        input_range_: `(2, n_features)`: the least and the largest value of each column on the rows
            that networks are trained on; None where an earlier version of the program saved it.
    """

    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    input_range_: NDArray[np.float64] | None

    def __init__(
        self,
        *,
        budget: str = "100 networks",
        seed: int = 0,
        workers: int = 1,
        protocol: str = "modern",
        epochs: int | None = None,
        n_ants: int = 20,
        n_layers: int = 2,
        n_nodes_per_layer: int = 12,
        cells: tuple[str, ...] = ("simple", "gru"),
        valid_share: float = 0.15,
    ) -> None:
        self.budget = budget
        self.seed = seed
        self.workers = workers
        self.protocol = protocol
        self.epochs = epochs
        self.n_ants = n_ants
        self.n_layers = n_layers
        self.n_nodes_per_layer = n_nodes_per_layer
        self.cells = cells
        self.valid_share = valid_share

    def fit(self, X: ArrayLike, y: ArrayLike) -> ForecastRegressor:
        """Search for the best network.

        Args:
            X: `(n_samples, n_features)`, one series in the order of time.
            y: `(n_samples,)` or `(n_samples, n_targets)`, the target that belongs to each row.

        Raises:
            ConfigError: A parameter has a value that it cannot have.
            ValueError: X or y hold what is no finite number, or fewer than 2 rows.
            RunError: No network could be trained.
        """
        rows, wanted = self._validated(
            X, y, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        self._check()
        targets = wanted.astype(np.float64).reshape(len(rows), -1)
        self._y_ndim = wanted.ndim
        begin = min(max(round(len(rows) * (1 - self.valid_share)), 1), len(rows) - 1)
        self.input_scaling_ = _zscore(rows[:begin])
        self.input_range_ = np.stack([rows[:begin].min(0), rows[:begin].max(0)])
        self.target_scaling_ = _zscore(targets[:begin])
        offset, width = self.target_scaling_
        inputs, scaled = self._scaled(rows), ((targets - offset) / width).astype(np.float32)
        is_valid = np.arange(len(rows)) >= begin
        train = Series(inputs[:begin], scaled[:begin], np.ones(begin, bool))
        valid = Series(inputs, scaled, is_valid)  # one pass from the first row: a warm memory
        self._search(train, valid)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the prediction for each row, from this row and those before it.

        Columns that the network reads and that leave the range of the training rows are warned of
        (`errors.TrainingRangeWarning`).

        Args:
            X: `(n_samples, n_features)`, one series in the order of time.
        """
        check_is_fitted(self)
        rows = self._validated(X, reset=False)
        self._warn_of_departures(rows)
        offset, width = self.target_scaling_
        outputs = predict(self.network_, self._scaled(rows)).astype(np.float64) * width + offset
        return outputs[:, 0] if self._y_ndim == 1 else outputs

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator to a safetensors file; `load` reads it. There is no pickle."""
        check_is_fitted(self)
        about = {
            "format": FORMAT,
            "parameters": self.get_params(),
            "network": self.network_.to_dict(),
            "y_ndim": self._y_ndim,
            "loss": self.loss_,
            "n_networks": self.n_networks_,
            "feature_names": list(getattr(self, "feature_names_in_", [])),
        }
        tensors = {
            "weights": np.asarray(self.network_.weights),
            "input_scaling": self.input_scaling_,
            "target_scaling": self.target_scaling_,
        }
        if self.input_range_ is not None:
            tensors["input_range"] = self.input_range_
        Path(path).write_bytes(save(tensors, {"about": json.dumps(about)}))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> ForecastRegressor:
        """Read what `save` wrote.

        Raises:
            RunError: The file cannot be read, or is none of these.
        """
        try:
            content = foreign.read_regular(Path(path), LARGEST_ARRAYS)
            tensors, about = parse_tensors(content), _about(content)
            if about.format != FORMAT:
                raise RunError(f"{path} is no {FORMAT!r}. Got {brief(about.format)}.")
            model = cls(**about.parameters)
            model.cells = record(AntSwarm, {"cells": model.cells}, "parameters").cells
            model.network_ = Network.from_dict(about.network, tensors["weights"])
            model.input_scaling_ = _scaling(tensors["input_scaling"], model.network_.inputs)
            model.target_scaling_ = _scaling(tensors["target_scaling"], model.network_.outputs)
            model.input_range_ = _range(tensors.get("input_range"), model.network_.inputs)
            model.loss_, model.n_networks_ = about.loss, about.n_networks
            model._y_ndim = 1 if about.y_ndim == 1 else 2
            model.n_features_in_ = model.input_scaling_.shape[1]
            if names := about.feature_names:
                if len(names) != model.n_features_in_:
                    raise ValueError(f"it has {len(names)} names for {model.n_features_in_} inputs")
                model.feature_names_in_ = np.array(names, object)
            if not model.network_.live:  # raises where no input reaches an output
                raise ValueError("its network has no nodes")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}: the estimator cannot be read: {error}.") from error
        return model

    def _validated(self, *arrays: ArrayLike, **options: Any) -> Any:
        validate: Any = validate_data  # scikit-learn has no types
        return validate(self, *arrays, dtype=np.float64, **options)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _search(self, train: Series, valid: Series) -> None:
        training = replace(protocol_named(self.protocol), residual=False)
        if self.epochs is not None:
            training = replace(training, epochs=self.epochs)
        ants = AntSwarm(
            n_ants=self.n_ants,
            n_layers=self.n_layers,
            n_nodes_per_layer=self.n_nodes_per_layer,
            cells=self._cells,
        )
        inputs, outputs = (
            tuple(f"{letter}{i}" for i in range(columns.shape[1]))
            for letter, columns in (("x", train.inputs), ("y", train.targets))
        )
        problem = Problem(inputs, outputs, training.output_cell)
        colony = AntSearch.start(ants, problem, rng_for(self.seed, -1, "start"))
        warm_up({*ants.cells, training.output_cell}, training)
        trainer = Trainer([train], [valid], training)
        books, limits = Bookkeeping(), Budget.parse(self.budget)
        ledger = Ledger(colony, FullTraining().referee(), self.seed)
        place = working(partial(begin_training, trainer, Caps(), ()), "threads", self.workers)
        with place as crew, interrupts_set(crew.stop):
            flight = Flight(ledger, crew.submit, books.emit)
            run_search(flight, limits, workers=self.workers, stop=crew.stop)
        if not (front := tuple(books.front)):
            raise RunError(f"No network could be trained: {told_reasons(books.failures)}.")
        self.network_, self.loss_ = front[-1].network, front[-1].loss
        self.n_networks_ = books.n_done

    def _warn_of_departures(self, rows: NDArray[np.float64]) -> None:
        if self.input_range_ is None:
            return
        names = getattr(self, "feature_names_in_", range(self.n_features_in_))
        named = [name if isinstance(name, str) else f"column {name}" for name in names]
        live = [node.id in self.network_.live for node in self.network_.inputs]
        columns = dict(zip(named, rows.T, strict=True))
        found = TrainingRange(*self.input_range_).departures(columns, named)
        read = {name for name, is_live in zip(named, live, strict=True) if is_live}
        if departures := [one for one in found if one.column in read]:
            warn_of(departures, len(rows), {}, stacklevel=3)

    def _scaled(self, X: NDArray[np.float64]) -> NDArray[np.float32]:
        offset, width = self.input_scaling_
        return np.ascontiguousarray(((X - offset) / width).astype(np.float32))

    @property
    def _cells(self) -> tuple[str, ...]:
        """The cells by name; one may be given without a list."""
        if not isinstance(self.cells, (str, list, tuple)):
            raise ConfigError(f"`cells` must be names of cells. Got {self.cells!r}.")
        return names_of(self.cells)

    def _check(self) -> None:
        for name, least in (("seed", 0), ("workers", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise ConfigError(
                    f"`{name}` must be a whole number of at least {least}. Got {value!r}."
                )
        share = self.valid_share
        if not isinstance(share, (int, float, np.number)) or not 0 < share < 1:
            raise ConfigError(f"`valid_share` must be in (0, 1). Got {self.valid_share!r}.")


def _about(file: bytes) -> _Saved:
    """Return what a safetensors file says beside its arrays, which were read before.

    Raises:
        KeyError: It says nothing.
        ValueError: It is no JSON, or a value is missing or of another kind.
    """
    n_header = int.from_bytes(file[:8], "little")
    header = foreign.parse_json(file[8 : 8 + n_header])
    about = foreign.parse_json(header["__metadata__"]["about"].encode())
    return record(_Saved, about, "about")


def _scaling(saved: NDArray[Any], nodes: tuple[Node, ...]) -> NDArray[np.float64]:
    """Return offset and width of each column, `(2, columns)`, one column for each node.

    Raises:
        ValueError: They cannot be.
    """
    shape = (2, len(nodes))
    if saved.dtype != np.float64 or saved.shape != shape or not len(nodes):
        raise ValueError(f"a scaling must be float64 {shape}, not {saved.dtype} {saved.shape}")
    if not np.isfinite(saved).all() or (saved[1] <= 0).any():
        raise ValueError("a scaling must be finite, and its width above 0")
    return saved


def _range(saved: NDArray[Any] | None, nodes: tuple[Node, ...]) -> NDArray[np.float64] | None:
    """Return the ends of each column's training range, `(2, columns)`; None where none was saved.

    Raises:
        ValueError: They cannot be.
    """
    if saved is None:
        return None
    if saved.dtype != np.float64 or saved.shape != (2, len(nodes)):
        raise ValueError(f"a range must be float64 {(2, len(nodes))}, not {saved.dtype}")
    if not np.isfinite(saved).all() or (saved[0] > saved[1]).any():
        raise ValueError("a range must be finite, and its least value no larger than its largest")
    return saved


def _zscore(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return offset and width of each column, `(2, columns)`; a constant column has width 1."""
    width = values.std(0)
    return np.stack([values.mean(0), np.where(width > 0, width, 1.0)])
