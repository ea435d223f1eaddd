"""Run a search and show it: what `search` and `demo` have in common."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellcolony.cli.options import RunOptions
from cellcolony.cli.printing import print_parts
from cellcolony.search.ants import AntSwarm

if TYPE_CHECKING:
    from cellcolony.tasks.forecast import Forecast


def run_search(
    task: Forecast, ants: AntSwarm, run: RunOptions, seeds: int = 1, **settings: Any
) -> None:
    """Search with progress on standard error, and print the data and the report.

    Of several seeds the one of the lowest validation error is reported in full.
    """
    from cellcolony.report.blocks import Facts
    from cellcolony.report.files import write_files
    from cellcolony.report.sections import contents
    from cellcolony.report.sections.data import facts
    from cellcolony.report.seeds import seeds_report
    from cellcolony.report.terminal import render, report
    from cellcolony.report.watch import watch
    from cellcolony.runs.evolve import evolve
    from cellcolony.runs.repeat import repeat

    print_parts(render([Facts(facts(task.summary()))]))
    with going_on_later(settings.get("out") if seeds == 1 else None), watch() as shown:
        settings |= {
            "seed": run.seed,
            "workers": n_workers(run.workers),
            "executor": run.executor,
            "candidate_seconds": run.candidate_seconds,
            "candidate_steps": run.candidate_steps,
        }
        settings["on_event"] = shown.observe
        if seeds == 1:
            results = (evolve(task, ants, **settings),)
        else:
            results = repeat(task, ants, seeds=seeds, **settings)
    reports = {id(result): write_files(result) for result in results}
    if len(results) > 1:
        print_parts(seeds_report(results))
    result = min(results, key=lambda result: result.chosen.loss)
    print_parts(report(contents(result, "final")))
    print_where(reports[id(result)])


@contextmanager
def going_on_later(run: Path | None) -> Iterator[None]:
    """Say how a run can go on that the user leaves at once."""
    try:
        yield
    except KeyboardInterrupt:
        if run is not None and (run / "config.toml").exists():
            print(f"To go on: cellcolony resume {shlex.quote(str(run))}", file=sys.stderr)
        raise


def print_where(report: Path | None) -> None:
    """Say where the report lies, if there is one."""
    if report is not None:
        print(f"Open: {shlex.quote(str(report))}")


def new_run_path() -> Path:
    """Return where a run goes whose place nobody named: runs/ with date and time."""
    return Path("runs") / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"


def n_workers(wanted: int | None) -> int:
    """Return how many networks train at once: as many as wanted, or one for each core."""
    return n_cores() if wanted is None else wanted


def n_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
