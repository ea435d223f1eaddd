"""Repeat a study with other seeds: how much of what it finds is chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import CONFIG, StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.directory import read_outcome, refuse_existing, remove_unbegun
from cellcolony.runs.events import Event, ItemDone, Observer, SearchEnded
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.resume import resume
from cellcolony.runs.study import Study
from cellcolony.runs.within import timed
from cellcolony.settings import plain
from cellcolony.store.sameness import differences
from cellcolony.tasks import rivals

PREFIX = "seed-"
RIVALS = "rivals"
"""The stage whose plain rivals know no seed."""


def repeat(
    study: Study,
    seeds: int,
    out: str | Path | None = None,
    *,
    budget: str | Iterable[str] | Budget | None = None,
    on_event: Observer | None = None,
    **options: Any,
) -> tuple[Result, ...]:
    """Run a study once for each seed; each run has the whole budget.

    Called again with the same `out`, it opens the runs that have ended, goes on with one that was
    begun, and runs what is missing. Plain rivals of a forecast know no seed and are fitted once. An
    interruption ends the search under way as in `Study.run`, and no other run begins.

    Args:
        study: The study; its own seed is the first, and the next ones follow it.
        seeds: How many.
        out: A folder; each run is written to a folder `seed-0`, `seed-1` ... of it. Without,
            nothing is written.
        budget: As for `Study.run`.
        on_event: Is called with every event, from this thread.
        **options: The other options of `Study.run`.

    Returns:
        The runs, in the order of their seeds.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: `out` holds something else, or cannot be written; or no candidate of a study could
            be trained.
        KeyboardInterrupt: As in `Study.run`.
    """
    if type(seeds) is not int or seeds < 1:
        raise ConfigError(f"`seeds` must be a whole number of at least 1. Got {seeds!r}.")
    limits = Budget.of(budget)
    first = study.config.seed
    studies = [study.with_seed(first + i) for i in range(seeds)]
    folder = None if out is None else Path(out)
    if folder is not None:
        _check_folder(folder, studies, limits)
    results: list[Result] = []
    runs = Seeds()
    for one in studies:
        path = None if folder is None else folder / f"{PREFIX}{one.config.seed}"
        result = runs.run(one, path, limits, on_event, **options)
        results.append(result)
        if runs.is_interrupted:
            break
    return tuple(results)


@dataclass
class Seeds:
    """Runs studies that differ in their seed alone, and fits once what knows no seed.

    Attributes:
        known: The items of plain rivals that a run has done.
        is_interrupted: Whether the user has ended the search of the last run. Its outcome does not
            say so: whoever goes on with a search that was interrupted at its very end finds nothing
            left to do, and the outcome as it was.
    """

    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    is_interrupted: bool = False

    def run(
        self, study: Study, path: Path | None, limits: Budget | None,
        on_event: Observer | None = None, **options: Any,
    ) -> Result:  # fmt: skip
        """Run a study; where its directory has been begun, go on, or open it if it has ended.

        Args:
            study: The study.
            path: Its directory, which holds a run of that study if any.
            limits: When its search ends; None for its own end.
            on_event: Is called with every event, from this thread.
            **options: The other options of `Study.run`.

        Raises:
            RunError: No candidate could be trained, or the directory cannot be gone on with.
            KeyboardInterrupt: As in `Study.run`.
        """
        self.is_interrupted = False

        def observe(event: Event) -> None:
            self.is_interrupted |= isinstance(event, SearchEnded) and event.interrupted
            if isinstance(event, ItemDone) and event.stage == RIVALS:
                self.known.update(_seedless({event.key: event.result}))
            if on_event is not None:
                on_event(event)

        if path is not None and (path / CONFIG).exists():
            result = _go_on(study, path, limits, on_event=observe, **options)
            self.known.update(_seedless(result.history.items.get(RIVALS, {})))
            return result
        if path is not None:
            remove_unbegun(path)
        return study.run(limits, out=path, known=self.known, on_event=observe, **options)


def _seedless(items: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the items that are the same with any seed: those of plain rivals."""
    return {key: result for key, result in items.items() if key in rivals.names()}


def _check_folder(folder: Path, studies: Iterable[Study], limits: Budget | None) -> None:
    """Check that a folder is missing, or holds runs of these studies.

    Raises:
        RunError: It holds something else.
    """
    if folder.is_dir() and any(folder.glob(f"{PREFIX}[0-9]*")):
        for one in studies:
            path = folder / f"{PREFIX}{one.config.seed}"
            if (path / CONFIG).exists():
                check_same(path, one.config, limits)
    else:
        refuse_existing(folder)


def check_same(path: Path, now: StudyConfig, limits: Budget | None) -> None:
    """Check that a run is one of this study.

    Args:
        path: The run directory.
        now: The configuration that it must have.
        limits: When its search ends; None for its own end.

    Raises:
        RunError: Its settings differ, or its data.
    """
    found = differences(_compared(read_config(path), limits), _compared(now, limits))
    if found:
        raise RunError(
            f"{path} holds another study: {'; '.join(found)}. Choose another --out, or take back "
            "the change."
        )


def _compared(config: StudyConfig, limits: Budget | None) -> dict[str, Any]:
    limits = limits or Budget()
    config = timed(config.within(limits)[0], limits)  # as a study is that was begun
    stages = {stage.name: plain(stage) for stage in config.stages}
    return {**config.to_compare(), "method": plain(config.method), "stages": stages}


def _go_on(study: Study, path: Path, limits: Budget | None, **options: Any) -> Result:
    outcome = read_outcome(path)
    is_same = limits is None or (outcome is not None and str(limits) == outcome.budget)
    if outcome is not None and not outcome.interrupted and is_same:
        return open_run(path)
    return resume(path, limits, task=study.task, **options)
