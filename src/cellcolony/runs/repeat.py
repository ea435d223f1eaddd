"""Repeat a search with other seeds: how much of what it found was luck."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError
from cellcolony.runs.bench import SearchSettings
from cellcolony.runs.budget import Budget
from cellcolony.runs.directory import refuse_existing
from cellcolony.runs.evolve import evolve
from cellcolony.runs.result import Result
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals import names


def repeat(
    task: Forecast,
    search: SearchSettings,
    budget: str | Iterable[str] | Budget = "200 networks",
    *,
    seeds: int = 5,
    seed: int = 0,
    out: str | Path | None = None,
    **settings: Any,
) -> tuple[Result, ...]:
    """Run a search once for each seed; each run has the whole budget.

    Plain rivals know no seed and are fitted once. The first Ctrl-C ends the search that is under
    way, and no other begins.

    Args:
        task: The data.
        search: The settings of the search.
        budget: As for `evolve`.
        seeds: How many: `seed`, `seed + 1` and so on.
        seed: The first.
        out: A folder that must not exist; each run is written to a folder `seed-0`, `seed-1` ... of
            it.
        **settings: As for `evolve`.

    Returns:
        The runs, in the order of their seeds.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: `out` exists or cannot be made, or a search could not train any network.
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise ConfigError(f"`seeds` must be a whole number of at least 1. Got {seeds!r}.")
    if out is not None:
        refuse_existing(Path(out))
    results: list[Result] = []
    plain = None
    for current in range(seed, seed + seeds):
        where = None if out is None else Path(out) / f"seed-{current}"
        result = evolve(task, search, budget, seed=current, out=where, plain=plain, **settings)
        results.append(result)
        if result.outcome is not None and result.outcome.interrupted:
            break
        plain = [s for s in result.rivals if s.model.split(" (")[0] in names()]
    return tuple(results)
