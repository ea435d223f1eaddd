"""A candidate that was asked and not told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
