"""Trainings of a search: what is out, what came back, and whose second training is due."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.second_training import SecondTrainings, Survivor
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.search.ants.subnetwork import Subnetwork


class Pending(NamedTuple):
    """What a search has to know when a candidate's verdict comes.

    Attributes:
        subnetwork: What it uses of the superstructure.
        epochs_before: The epochs of training behind the weights that it starts from.
        again: Whether this is the network's second training.
    """

    subnetwork: Subnetwork
    epochs_before: int
    again: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        return {
            "epochs_before": self.epochs_before,
            "again": self.again,
            **self.subnetwork.to_dict(),
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Pending:
        """Read what `to_dict` wrote."""
        subnetwork = Subnetwork.from_dict(data)
        return Pending(subnetwork, int(data["epochs_before"]), bool(data["again"]))


class Trained(NamedTuple):
    """A network whose verdict is in.

    Attributes:
        subnetwork: What it uses of the superstructure.
        loss: Its validation loss; infinite for one that failed.
        weights: Its trained weights, `(n_all_weights,)`; empty for one that failed.
        epochs: The epochs of training behind them in all.
        again: Whether this was its second training.
    """

    subnetwork: Subnetwork
    loss: float
    weights: NDArray[np.floating]
    epochs: int
    again: bool


class Trainings:
    """The candidates that are out, and the networks that wait for a second training.

    Attributes:
        layout: What the search can build.
        seconds: Who is trained a second time, and when.
    """

    def __init__(
        self, layout: Layout, seconds: SecondTrainings, pending: Mapping[int, Pending]
    ) -> None:
        self.layout = layout
        self.seconds = seconds
        self._pending = dict(pending)

    @property
    def pending(self) -> Collection[int]:
        """The numbers of the candidates that are out."""
        return self._pending.keys()

    def begin_first(self, number: int, subnetwork: Subnetwork, epochs_before: int) -> None:
        """Send a new network to training under this number."""
        self._send(number, Pending(subnetwork, epochs_before))
        self.seconds = self.seconds.begin_first()

    def begin_second(self, number: int) -> Candidate | None:
        """Send the network whose second training is due under this number; None if none is."""
        survivor = self.seconds.next
        if survivor is None:
            return None
        self._send(number, Pending(survivor.subnetwork, survivor.epochs, again=True))
        self.seconds = self.seconds.begin_second()
        return survivor.candidate(number, self.layout, self.seconds.effort)

    def _send(self, number: int, pending: Pending) -> None:
        assert number not in self._pending, f"candidate {number} was asked before"
        self._pending[number] = pending

    def end(self, number: int, evaluation: Evaluation) -> Trained:
        """Take in a verdict; after a first training the network may wait for its second.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        subnetwork, epochs_before, again = self._pending[number]
        loss, weights = _verdict(evaluation, subnetwork.n_weights(self.layout))
        del self._pending[number]
        trained = Trained(subnetwork, loss, weights, epochs_before + evaluation.n_epochs, again)
        if not again and math.isfinite(loss):
            survivor = Survivor(loss, number, subnetwork, weights, trained.epochs)
            self.seconds = self.seconds.admit(survivor)
        return trained

    def to_dict(self) -> dict[str, Any]:
        """Return who waits and what is out, as plain arrays and values."""
        return {
            "seconds": self.seconds.to_dict(),
            "pending": [{"number": n, **waiting.to_dict()} for n, waiting in self._pending.items()],
        }

    @staticmethod
    def none(settings: AntSwarm, layout: Layout) -> Trainings:
        """Return the trainings of a search that begins."""
        return Trainings(layout, SecondTrainings(*_terms(settings)), {})

    @staticmethod
    def from_dict(settings: AntSwarm, layout: Layout, data: Mapping[str, Any]) -> Trainings:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A network is none that the layout allows, or a count cannot be.
        """
        seconds = SecondTrainings.from_dict(*_terms(settings), data["seconds"])
        pending = {int(saved["number"]): Pending.from_dict(saved) for saved in data["pending"]}
        for waiting in (*seconds.waiting, *pending.values()):
            waiting.subnetwork.check(layout)
        for survivor in seconds.waiting:
            n_weights = survivor.subnetwork.n_weights(layout)
            evaluation = Evaluation.succeeded(survivor.loss, survivor.weights)
            if not math.isfinite(_verdict(evaluation, n_weights)[0]):
                raise ConfigError(f"Network {survivor.number} waits with numbers that cannot be.")
        epochs = (waiting.epochs_before for waiting in pending.values())
        counts = (seconds.n_first, seconds.n_second, *pending, *epochs)
        if min(counts) < 0:
            raise ConfigError(f"A saved search has counts below 0: {counts[:4]}.")
        return Trainings(layout, seconds, pending)


def _terms(settings: AntSwarm) -> tuple[int, float, int]:
    return settings.second_training, settings.second_share, settings.population


def _verdict(evaluation: Evaluation, n_weights: int) -> tuple[float, NDArray[np.floating]]:
    """Return loss and trained weights; a loss or weights that are not finite are a failure.

    Raises:
        GenomeError: There are not `n_weights` trained weights.
    """
    failed = math.inf, np.empty(0)
    if evaluation.failure is not None or not math.isfinite(evaluation.loss):
        return failed
    if evaluation.weights is None or evaluation.weights.shape != (n_weights,):
        found = None if evaluation.weights is None else evaluation.weights.shape
        raise GenomeError(f"The trained weights must have shape ({n_weights},). Got {found}.")
    if not np.isfinite(evaluation.weights).all():
        return failed
    return evaluation.loss, evaluation.weights
