"""A method of search at work."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any, Protocol

import numpy as np

from cellcolony.contract.candidate import Candidate, Evaluation


class Signal(Enum):
    """What `ask` may answer instead of a candidate."""

    WAIT = "wait"
    """Nothing now: tell the results that are still out, then ask again."""
    DONE = "done"
    """Nothing any more: the search has ended."""


WAIT, DONE = Signal.WAIT, Signal.DONE


class Search(Protocol):
    """A method of search at work, steady-state or generational.

    Results are told in any order. `ask` may change the state (evaporation, an island's turn) and
    draws from the given stream alone; `tell` draws nothing, so that a run's outcome depends only on
    the order of asks and tells. WAIT and DONE change no state. A search whose every candidate has
    been told must not answer WAIT. A failed candidate is told like any other. Numbers rise, and may
    have gaps: the judge takes some for the candidates that it promotes.
    """

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        ...

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        """Return the next candidate under this number, or WAIT, or DONE."""
        ...

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked candidate.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values; no pickle."""
        ...
