"""On which terms a run searches: what a checkpoint says of it beside the state, read lightly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import CHECKPOINT
from cellcolony.runs.growing import open_regular

LARGEST = 256 << 20
"""Bytes of a checkpoint, without its arrays."""
MOST = 1e15
"""The largest limit that is one."""


@dataclass(frozen=True)
class Terms:
    """What a run's checkpoint says beside the state.

    Attributes:
        budget: When the search ends; without any limit where that is not known.
        workers: How many networks are trained at once; None where that is not known.
        seconds: How long the search had taken at the checkpoint.
    """

    budget: Budget
    workers: int | None
    seconds: float

    def differ_from(self, other: Terms) -> bool:
        """Say whether a session under these is another than one under the other ones."""
        return (self.budget, self.workers) != (other.budget, other.workers)


UNKNOWN = Terms(Budget(), None, 0.0)
"""Those of a run whose checkpoint does not tell them."""


def read_terms(run: Path) -> Terms | None:
    """Return the terms of a run, without its checkpoint's arrays, whose reading takes longer.

    Returns:
        None where the checkpoint is missing or damaged: a run can go on without one.
    """
    try:
        with open_regular(run / CHECKPOINT) as file:
            body = json.loads(file.read(LARGEST))
        limits = body["budget"]
        budget = Budget(
            _limit(limits["n_networks"], int),
            _limit(limits["seconds"], int, float),
            _limit(limits["loss"], int, float),
        )
        seconds = _limit(body["seconds"] or None, int, float)
        return Terms(budget, _limit(body.get("workers"), int), seconds or 0.0)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _limit(value: Any, *kinds: type) -> Any:
    """Return a number above 0, or None as it is.

    Raises:
        ValueError: It is neither.
    """
    if value is not None and not (type(value) in kinds and 0 < value < MOST):
        raise ValueError(f"expected a number above 0, got {value!r}")
    return value
