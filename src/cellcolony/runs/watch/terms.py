"""On which terms a run searches: what a checkpoint says of it beside the state, read lightly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.budget import Budget
from cellcolony.store import foreign
from cellcolony.store.reading import LARGEST_CHECKPOINT, read
from cellcolony.store.snapshot import CHECKPOINT
from cellcolony.toml_table import AMOUNT, COUNT, TABLE, TomlTable


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
        body = foreign.parse_json(read(run, run / CHECKPOINT, LARGEST_CHECKPOINT))
        if not isinstance(body, dict):
            return None
        known = {key: value for key, value in body.items() if value is not None}
        table = TomlTable(known, CHECKPOINT)
        budget = Budget.from_dict(table.take("budget", TABLE))
        if 0 in (budget.n_networks, budget.seconds):
            return None
        return Terms(budget, table.take("workers", COUNT, None), table.take("seconds", AMOUNT))
    except (RunError, ConfigError, ValueError):
        return None
