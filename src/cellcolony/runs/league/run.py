"""Run a league, or what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from cellcolony.errors import CellcolonyError, RunError
from cellcolony.runs.config_file import read_config
from cellcolony.runs.directory import read_outcome
from cellcolony.runs.events import Event
from cellcolony.runs.executors import Workers, Workplace
from cellcolony.runs.league.folder import begin, run_path
from cellcolony.runs.league.plan import League, runs_of, wanted
from cellcolony.runs.part import WHOLE, Part
from cellcolony.runs.repeat import Seeds, check_same
from cellcolony.runs.result import Result
from cellcolony.runs.study import Study


@dataclass(frozen=True)
class RunBegins:
    """A run begins, or goes on.

    Attributes:
        task: Its task.
        seed: Its seed.
        place: Which run it is, from 1, those counted that had ended before.
        n: How many runs there are.
    """

    task: str
    seed: int
    place: int
    n: int


@dataclass(frozen=True)
class RunEnds:
    """A run has ended.

    Attributes:
        task: Its task.
        seed: Its seed.
        valid: The validation error of what it evolved; None where it failed.
        test: The test error of that.
        failure: Why it failed; empty where it did not.
    """

    task: str
    seed: int
    valid: float | None = None
    test: float | None = None
    failure: str = ""


Observer: TypeAlias = Callable[[RunBegins | RunEnds | Event], None]


def run_league(
    league: League,
    out: str | Path,
    *,
    only: Iterable[str] = (),
    part: Part = WHOLE,
    workers: Workers = "usual",
    executor: Workplace | None = None,
    on_event: Observer | None = None,
    observers: Sequence[str] = (),
) -> tuple[RunEnds, ...]:
    """Run what a folder does not hold yet, one run after the other.

    A run that was begun goes on. One that fails is told, and does not keep the others from being
    run; the next call tries it again. The first Ctrl-C ends the search under way as in `Study.run`,
    and no other run begins.

    Args:
        league: What to run.
        out: The folder to write to, or to continue.
        only: The tasks that are run; all where none is named.
        part: Which part of their runs, where several processes share the work.
        workers: How many candidates are judged at once: as for `Study.run`.
        executor: Where; None for what suits the task.
        on_event: Is called with every event, from this thread.
        observers: Who else observes each run, by name: see `Study.run`.

    Returns:
        The runs that failed.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: The folder holds something else, or cannot be written to.
        KeyboardInterrupt: As in `Study.run`.
    """
    emit = on_event or (lambda _: None)
    tasks = wanted(league.tasks, only)
    league.check()
    path = Path(out)
    begin(path, league)
    mine = part.of(list(runs_of(tasks, league.n_seeds, league.seed)))
    left = [(task, seed) for task, seed in mine if not _has_ended(path, task, seed)]
    failed, of_task = [], {task: _TaskRuns(league, path, task) for task in tasks}
    for place, (task, seed) in enumerate(left, 1 + len(mine) - len(left)):
        emit(RunBegins(task, seed, place, len(mine)))
        try:
            result = of_task[task].run(
                seed, workers=workers, executor=executor, on_event=emit, observers=observers
            )
        except Exception as error:  # its reason is told, and the league goes on
            is_ours = isinstance(error, CellcolonyError)
            reason = str(error) if is_ours else f"{type(error).__name__}: {error}"
            failed.append(RunEnds(task, seed, failure=reason))
            emit(failed[-1])
            continue
        emit(RunEnds(task, seed, result.error("valid"), result.error("test")))
        if of_task[task].seeds.is_interrupted:
            break
    return tuple(failed)


def _has_ended(path: Path, task: str, seed: int) -> bool:
    """Say whether nothing is left of a run; one that was interrupted or cannot be read is left."""
    try:
        outcome = read_outcome(run_path(path, task, seed))
    except CellcolonyError:
        return False
    return outcome is not None and not outcome.interrupted


def _is_readable(run: Path) -> bool:
    try:
        read_config(run)
    except RunError:
        return False
    return True


@dataclass
class _TaskRuns:
    """The runs of a task, whose data are read when the first of them begins."""

    league: League
    path: Path
    task: str
    seeds: Seeds = field(default_factory=Seeds)
    study: Study | None = None

    def run(self, seed: int, **options: Any) -> Result:
        if self.study is None:
            self.study = self._checked()
        return self.seeds.run(
            self.study.with_seed(seed), run_path(self.path, self.task, seed), self.league.budget,
            **options,
        )  # fmt: skip

    def _checked(self) -> Study:
        """Return the study, of which all runs are that the task has; damaged ones are passed over.

        Raises:
            ConfigError: The data and the study do not fit together.
            DataError: The data cannot be used.
            RunError: A run was begun on other data, or with other settings.
        """
        study = self.league.study(self.task)
        for task, seed in runs_of((self.task,), self.league.n_seeds, self.league.seed):
            run = run_path(self.path, task, seed)
            if _is_readable(run):
                check_same(run, study.with_seed(seed).config, self.league.budget)
        return study
