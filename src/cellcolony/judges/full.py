"""Judge every candidate by one whole training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cellcolony.contract import Begin, Candidate, Evaluation
from cellcolony.judges import JUDGES
from cellcolony.settings import settings


@JUDGES.register("full")
@settings
class FullTraining:
    """The verdict on a candidate is the lowest validation loss of one training, by its settings."""

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker: the task's own training."""
        return train()

    def referee(self) -> PassOn:
        """Return the half on the master."""
        return PassOn()

    def restore(self, state: Mapping[str, Any]) -> PassOn:
        """Return the half on the master; it has no state."""
        return PassOn()


class PassOn:
    """Tells the method every evaluation as it comes, and promotes nobody."""

    def assign(self, candidate: Candidate) -> Candidate:
        """Return the candidate as the method gave it."""
        return candidate

    def ask(self, number: int) -> Candidate | None:
        """Promote nobody."""
        return None

    def tell(
        self, candidate: Candidate, evaluation: Evaluation
    ) -> Sequence[tuple[int, Evaluation]]:
        """Let the method be told this evaluation."""
        return [(candidate.number, evaluation)]

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}
