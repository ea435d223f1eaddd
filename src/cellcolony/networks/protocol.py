"""How a network is trained: the published protocol, and the modern one that is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.settings import OneOf, faults_at, read, settings

# Kernels know these by their place: SQUARED, ABSOLUTE (`kernels.py`), NESTEROV, ADAM (`epochs.py`).
LOSSES = ("mse", "mae")
OPTIMIZERS = ("nesterov", "adam")
SCHEDULES = ("constant", "cosine")
MOST_PASSES = 10_000
VALIDATIONS = 3
"""Of a training that counts updates, where the data are short enough."""


class Settings(NamedTuple):
    """What the kernels need of a protocol, as numbers."""

    loss: int
    optimizer: int
    momentum: float
    decay: float
    norm_cap: float
    norm_floor: float
    weight_limit: float
    weight_decay: float


@settings
class Protocol:
    """How a network is trained.

    Attributes:
        name: What it is called.
        epochs: How often the weights are validated; in between the training data are gone through.
        passes: How often an epoch goes through the training data, before it is validated.
        updates: How often the weights are to change, about; where that is not 0, a study sets
            `epochs` and `passes` by it: ten epochs of a short file are 140 updates, and of a long
            one 1,800.
        window: Steps between two updates; 0: one update per series, over its full length.
        draws: Draws of first weights that a network is trained from, side by side; what is best on
            validation is its result. More than 1 only where `window` is 0.
        lanes: Sequences trained side by side; ignored where `window` is 0. Short data get fewer
            lanes and shorter windows: see `batches.side_by_side`.
        residual: Whether the outputs are added to the target's own last value.
        output_cell: The cell of output nodes.
        loss: What is trained on, "mse" or "mae"; networks are judged by the validation MAE.
        optimizer: "nesterov" or "adam".
        learning_rate: Of the first update.
        schedule: "constant", or "cosine" down to 0 over all updates.
        momentum: Nesterov's momentum, or Adam's beta 1.
        decay: Adam's beta 2.
        norm_cap: A gradient of greater norm is rescaled to it.
        norm_floor: A gradient of smaller norm is rescaled to it.
        weight_limit: Weights are kept in [-limit, limit].
        weight_decay: An update takes this times the learning rate off each weight, as a share of it
            (decoupled decay: Loshchilov & Hutter 2019, "AdamW").

    Raises:
        ConfigError: A value is of another kind, or out of its range.
    """

    name: str = "modern"
    epochs: Annotated[int, Ge(0), Le(1_000_000)] = 10
    passes: Annotated[int, Ge(1), Le(MOST_PASSES)] = 1
    updates: Annotated[int, Ge(0), Le(1_000_000)] = 0
    window: Annotated[int, Ge(0), Le(1_000_000_000)] = 200
    lanes: Annotated[int, Ge(1), Le(1_000_000)] = 16
    draws: Annotated[int, Ge(1), Le(1_000)] = 1
    residual: bool = True
    output_cell: str = "linear"
    loss: Annotated[str, OneOf(LOSSES)] = "mae"
    optimizer: Annotated[str, OneOf(OPTIMIZERS)] = "adam"
    learning_rate: Annotated[float, Gt(0)] = 0.03
    schedule: Annotated[str, OneOf(SCHEDULES)] = "cosine"
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9
    decay: Annotated[float, Ge(0), Lt(1)] = 0.999
    norm_cap: Annotated[float, Gt(0)] = 1.0
    norm_floor: Annotated[float, Ge(0)] = 0.0
    weight_limit: Annotated[float, Gt(0)] = 10.0
    weight_decay: Annotated[float, Ge(0), Le(1)] = 0.0

    def __post_init__(self) -> None:
        if self.norm_floor > self.norm_cap:
            raise ConfigError(
                f"`norm_floor` must be in [0, `norm_cap`]. "
                f"Got {self.norm_floor} and {self.norm_cap}."
            )
        if self.draws > 1 and self.window:
            raise ConfigError(
                f"`draws` must be 1 where weights change every `window` steps, for the lanes are "
                f"full there. Got {self.draws} draws and a window of {self.window}. Several are "
                "trained side by side by whole series: window = 0, as in the protocol 'paper'."
            )

    def settings(self, more_decay: float = 0.0) -> Settings:
        """Return the numbers that kernels need, for a training whose weights decay by more."""
        return Settings(
            LOSSES.index(self.loss),
            OPTIMIZERS.index(self.optimizer),
            self.momentum,
            self.decay,
            self.norm_cap,
            self.norm_floor,
            self.weight_limit,
            self.weight_decay + more_decay,
        )

    def fitted(self, n_updates_a_pass: int) -> Protocol:
        """Return the protocol with as many epochs and passes as its `updates` take.

        There are some `VALIDATIONS` epochs: to validate a short file after each pass would take
        longer than to train on it.

        Args:
            n_updates_a_pass: How often the weights change while the data are gone through once.
        """
        if not self.updates:
            return self
        n_passes = max(self.updates / n_updates_a_pass, 1.0)
        passes = min(max(round(n_passes / VALIDATIONS), 1), MOST_PASSES)
        return replace(self, epochs=max(round(n_passes / passes), 1), passes=passes)

    def rates(self, n_windows: int) -> NDArray[np.float64]:
        """Return the learning rate of each update, `(epochs, n_windows)`."""
        n = self.epochs * n_windows
        if self.schedule == "cosine":
            rates = 0.5 * self.learning_rate * (1 + np.cos(np.pi * np.arange(n) / max(n, 1)))
        else:
            rates = np.full(n, self.learning_rate)
        return rates.reshape(self.epochs, n_windows)


PROTOCOLS = {
    "modern": Protocol(),
    # ElSaid et al. 2020, section 4.1, and the program published with it.
    "paper": Protocol(
        name="paper",
        epochs=10,
        window=0,
        lanes=1,
        residual=False,
        output_cell="simple",
        loss="mse",
        optimizer="nesterov",
        learning_rate=0.001,
        schedule="constant",
        momentum=0.9,
        norm_cap=1.0,
        norm_floor=0.05,
        weight_limit=10.0,
    ),
}


def protocol(name: str) -> Protocol:
    """Return the protocol called `name`.

    Raises:
        ConfigError: There is none; the message names the nearest one.
    """
    if name not in PROTOCOLS:
        raise ConfigError(f"There is no protocol {name!r}.{did_you_mean(name, PROTOCOLS)}")
    return PROTOCOLS[name]


def protocol_from(
    table: Mapping[str, Any], where: str, base: Protocol, key: str = "protocol"
) -> Protocol:
    """Return the protocol that stands under a key of a table: by its name, or as settings.

    Settings that it does not hold are of the protocol that its `name` says, or, without a name, of
    the base.

    Args:
        table: What holds the key.
        where: What the table is called in an error.
        base: What the protocol is without the key.
        key: The key.

    Raises:
        ConfigError: There is no such protocol or setting, or a value is one that it cannot have.
    """
    given = table.get(key, {})
    if not isinstance(given, (str, Mapping)):
        raise ConfigError(
            f"{where}: `{key}` must be a name or a table of settings. Got {brief(given)}."
        )
    name = given if isinstance(given, str) else given.get("name")
    if isinstance(name, str):
        with faults_at(where):
            base = protocol(name)
    if isinstance(given, str):
        return base
    return read(Protocol, given, f"{where}, {key}", base)
