"""Second trainings: the best networks are trained again, longer, in a share of all epochs [ours].

A short training tells good networks from bad ones; the good ones have not yet shown what they can
do. What a search learns from it learns by comparing like with like: a network of a second training
is held against others of a second training alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.subnetwork import Subnetwork


class Survivor(NamedTuple):
    """A network of the first training that waits for its second.

    Attributes:
        loss: Its validation loss.
        number: Its number as a candidate.
        subnetwork: What it uses of the superstructure.
        weights: Its trained weights, `(n_all_weights,)`: where the second training starts.
        epochs: The epochs of training behind them.
    """

    loss: float
    number: int
    subnetwork: Subnetwork
    weights: NDArray[np.floating]
    epochs: int

    def candidate(self, number: int, layout: Layout, effort: int) -> Candidate:
        """Return the network, with the weights that it has, for its second training."""
        return Candidate(
            number,
            self.subnetwork.network(layout, self.weights),
            parents=(self.number,),
            how={"trained_again": self.number, "epochs_before": self.epochs},
            effort=effort,
        )


@dataclass(frozen=True, eq=False)
class SecondTrainings:
    """Who is trained again, and when. It is never changed in place.

    Attributes:
        effort: How many times the protocol's epochs a second training takes; 0 for no such.
        share: The most that second trainings may take of the epochs of all that were asked for.
        size: How many networks wait at most; the worst are forgotten.
        waiting: The networks that wait, best first.
        n_first: First trainings asked for.
        n_second: Second trainings asked for.
    """

    effort: int
    share: float
    size: int
    waiting: tuple[Survivor, ...] = ()
    n_first: int = 0
    n_second: int = 0

    @property
    def next(self) -> Survivor | None:
        """Whose turn it is now: the best that waits, or None while first trainings are due."""
        if not self.effort or not self.waiting:
            return None
        second = self.effort * (self.n_second + 1)
        return self.waiting[0] if second <= self.share * (self.n_first + second) else None

    def begin_first(self) -> SecondTrainings:
        """Count a first training."""
        return replace(self, n_first=self.n_first + 1)

    def begin_second(self) -> SecondTrainings:
        """Count the second training of the network whose turn it is."""
        return replace(self, waiting=self.waiting[1:], n_second=self.n_second + 1)

    def admit(self, survivor: Survivor) -> SecondTrainings:
        """Let a network wait, if it is among the best."""
        if not self.effort:
            return self
        waiting = sorted((*self.waiting, survivor), key=lambda one: (one.loss, one.number))
        return replace(self, waiting=tuple(waiting[: self.size]))

    def to_dict(self) -> dict[str, Any]:
        """Return what changes, as plain arrays and values."""
        waiting = [
            {
                "loss": one.loss,
                "number": one.number,
                "epochs": one.epochs,
                "weights": one.weights.copy(),
                **one.subnetwork.to_dict(),
            }
            for one in self.waiting
        ]
        return {"waiting": waiting, "n_first": self.n_first, "n_second": self.n_second}

    @staticmethod
    def from_dict(effort: int, share: float, size: int, data: Mapping[str, Any]) -> SecondTrainings:
        """Read what `to_dict` wrote; the others follow from the settings."""
        with np.errstate(over="ignore", invalid="ignore"):  # the caller refuses what is not finite
            waiting = tuple(
                Survivor(
                    float(saved["loss"]),
                    int(saved["number"]),
                    Subnetwork.from_dict(saved),
                    np.array(saved["weights"], np.float32),
                    int(saved["epochs"]),
                )
                for saved in data["waiting"]
            )
        n_first, n_second = int(data["n_first"]), int(data["n_second"])
        return SecondTrainings(effort, share, size, waiting, n_first, n_second)
