"""A contender: a trained network, and what is known of it in the race."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.genome import Network
from cellcolony.search.taps.blueprint import Blueprint
from cellcolony.search.taps.space import Picks

PLAIN, LINEAR, PRUNED, SMALL, UNITED = "plain", "linear", "pruned", "small", "united"
NICHES = (PLAIN, LINEAR, PRUNED, SMALL, UNITED)
"""Contenders are compared within their niche: those that start from a fitted linear model lead at
first and then stick, pruned ones are as good with fewer weights, those that are small by then not
quite, and unions better with more."""
MOST_OF_SMALL = 300
"""So many weights a pruned network has at most that counts as small."""


@dataclass(frozen=True, eq=False)
class Contender:
    """A network in the race.

    Attributes:
        number: Its number as a candidate.
        network: With its weights: before its training those that it starts from, then the trained.
        blueprint: What it is made of; None for a pruned network, which is made of what is left, and
            for a union.
        rate: The factor of its learning rate.
        rung: Its rung in the race.
        epochs: The epochs of training behind its weights.
        family: The number of the network that its line of parents began with.
        loss: Its validation loss; infinite before its training.
        picks: What a guide chose for it.
        weight_decay: By how much its weights decay while it is trained.
        members: How many networks stand side by side in it.
        gradient_rms: How much the loss cares about each weight: see `Evaluation`. None where that
            was not measured.
    """

    number: int
    network: Network
    blueprint: Blueprint | None
    rate: float
    rung: int = 0
    epochs: int = 0
    family: int = -1
    loss: float = math.inf
    picks: Picks | None = None
    weight_decay: float = 0.0
    members: int = 1
    gradient_rms: NDArray[np.float32] | None = None

    @property
    def niche(self) -> str:
        """With whom it is compared."""
        if self.blueprint is None:
            if self.members > 1:
                return UNITED
            return SMALL if self.network.n_all_weights <= MOST_OF_SMALL else PRUNED
        return LINEAR if self.blueprint.from_linear else PLAIN

    @property
    def may_be_pruned(self) -> bool:
        """Whether it may lose edges once it is trained."""
        return self.rung > 0 and self.niche != UNITED

    @property
    def order(self) -> tuple[float, int]:
        """The best come first, of equals the earliest."""
        return self.loss, self.number

    def is_same(self, other: Contender) -> bool:
        """Say whether it is the other's network, which a training has left as it was."""
        return self.loss == other.loss and self.network.digest == other.network.digest

    def trained(self, evaluation: Evaluation) -> Contender:
        """Return it with what its training has left.

        Raises:
            GenomeError: The weights are not as many as the network's, or the gradients are not.
        """
        weights, rms = evaluation.weights, evaluation.gradient_rms
        assert weights is not None
        expected = (self.network.n_all_weights,)
        if weights.shape != expected:
            raise GenomeError(
                f"The trained weights must have shape {expected}. Got {weights.shape}."
            )
        if rms is not None and not _are_sizes(rms, expected):
            raise GenomeError("The gradients that a training has measured do not fit its network.")
        return replace(
            self, network=self.network.with_weights(weights), loss=evaluation.loss,
            epochs=self.epochs + evaluation.n_epochs, gradient_rms=rms,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        made_of = _arrays(self.network) if self.blueprint is None else self.blueprint.to_dict()
        assert self.network.weights is not None
        return {
            "number": self.number,
            "pruned": self.blueprint is None,
            "members": self.members,
            "made_of": made_of,
            "weights": self.network.weights,
            "rate": self.rate,
            "weight_decay": self.weight_decay,
            "rung": self.rung,
            "epochs": self.epochs,
            "family": self.family,
            "loss": None if math.isinf(self.loss) else self.loss,
            "picks": None if self.picks is None else {k: list(v) for k, v in self.picks.items()},
            "gradient_rms": self.gradient_rms,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], problem: Problem) -> Contender:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError, GenomeError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        weights = np.asarray(data["weights"], np.float32)
        if data["pruned"]:
            blueprint, network = None, _read_network(data["made_of"], weights)
            names = tuple(node.name for node in network.inputs)
            if names != problem.inputs or len(network.outputs) != len(problem.outputs):
                raise ConfigError("The state holds a network of other columns.")
        else:
            blueprint = Blueprint.from_dict(data["made_of"], problem)
            network = blueprint.network(problem).with_weights(weights)
        picks, rms = data["picks"], data["gradient_rms"]
        rms = None if rms is None else np.asarray(rms, np.float32)
        numbers = {
            name: int(data[name]) for name in ("number", "rung", "epochs", "family", "members")
        }
        loss = math.inf if data["loss"] is None else float(data["loss"])
        rate, decay = float(data["rate"]), float(data["weight_decay"])
        is_trained = 0 < rate < 1e6 and 0 <= decay <= 1
        is_counted = min(numbers.values()) >= -1 and numbers["members"] >= 1
        is_measured = rms is None or _are_sizes(rms, (network.n_all_weights,))
        if not is_counted or math.isnan(loss) or not is_trained or not is_measured:
            raise ConfigError("The state of the race holds a value that is impossible.")
        return Contender(
            numbers["number"], network, blueprint, rate, numbers["rung"], numbers["epochs"],
            numbers["family"], loss,
            None if picks is None else {str(k): tuple(map(int, v)) for k, v in picks.items()},
            decay, numbers["members"], rms,
        )  # fmt: skip


def _are_sizes(numbers: NDArray[np.float32], shape: tuple[int, ...]) -> bool:
    return numbers.shape == shape and bool(np.isfinite(numbers).all() and (numbers >= 0).all())


def _arrays(network: Network) -> dict[str, Any]:
    """Return a network without weights, its edges as arrays: a state keeps many."""
    edges = {"edges": network.edges, "recurrent_edges": network.recurrent_edges}
    return {**network.to_dict(), **edges}


def _read_network(data: Mapping[str, Any], weights: NDArray[np.float32]) -> Network:
    edges = {
        name: np.asarray(data[name], np.int64).tolist() for name in ("edges", "recurrent_edges")
    }
    return Network.from_dict({**data, **edges}, weights)
