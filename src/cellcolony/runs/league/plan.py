"""A league: the tasks that its file names, and the study that is run on each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellcolony.contract import Judge
from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.judges import JUDGES
from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import judge_name
from cellcolony.runs.ledger import Order
from cellcolony.runs.studies import study_of
from cellcolony.runs.study import Study
from cellcolony.search.methods import method_of
from cellcolony.search.presets import preset as preset_named
from cellcolony.settings import faults_at, plain, read
from cellcolony.store import foreign
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.forecast_options import ForecastOptions
from cellcolony.toml_library import read_text

TASK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
"""A task is a folder of the league's, and no file of it, which all have a dot."""
MOST_RUNS = 100_000


@dataclass(frozen=True)
class League:
    """Tasks, and the study that is run on each with every seed.

    Attributes:
        tasks: The data of each task, by its name.
        folder: Where relative names of files start.
        method: The settings of the method of search.
        training: How networks are trained.
        judge: How much training a candidate gets.
        budget: When each search ends; None for the method's own end.
        n_seeds: How many runs each task has.
        seed: The first seed.
        usual: Options of a task whose table does not give them: those of a preset.
        options: The other options of `study_of`: `control`, `rivals`, `order`, ...
    """

    tasks: Mapping[str, ForecastOptions]
    folder: Path
    method: Any
    training: Protocol
    judge: Judge
    budget: Budget | None
    n_seeds: int
    seed: int
    usual: Mapping[str, Any]
    options: Mapping[str, Any]

    @property
    def values(self) -> dict[str, Any]:
        """All that its runs depend on but their files, as TOML has it."""
        given = {key: _listed(value) for key, value in self.options.items() if value is not None}
        return {
            "budget": "" if self.budget is None else str(self.budget),
            "seeds": self.n_seeds,
            "seed": self.seed,
            **given,
            "method": {"name": method_of(self.method)[0], **plain(self.method)},
            "judge": {"name": judge_name(self.judge), **plain(self.judge)},
            "training": plain(self.training),
            "usual": dict(self.usual),
            "tasks": {name: plain(options) for name, options in self.tasks.items()},
        }

    def study(self, task: str) -> Study:
        """Read the data of a task, and return its study with the first seed.

        Raises:
            ConfigError: The parts do not fit together.
            DataError: The data cannot be used.
        """
        return self._study(self.tasks[task].load(self.folder, **self.usual))

    def check(self) -> None:
        """Check on the demonstration's series that method, judge, rivals and budget fit together.

        Raises:
            ConfigError: They do not, or there is no such rival or control.
        """
        self._study(Forecast.demo()).config.within(self.budget or Budget())

    def _study(self, data: Forecast) -> Study:
        return study_of(
            data, self.method, training=self.training, judge=self.judge, seed=self.seed,
            **self.options,
        )  # fmt: skip


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def read_league(
    path: str | Path,
    method: Any = None,
    *,
    budget: str | Iterable[str] | Budget | None = None,
    seeds: int = 3,
    seed: int = 0,
    preset: str = "default",
    training: Protocol | str | None = None,
    judge: Judge | None = None,
    control: str | None = None,
    rivals: Sequence[str] | None = None,
    order: Order = "arrival",
    candidate_seconds: float | None = None,
    candidate_steps: int | None = None,
) -> League:
    """Read the file of a league.

    Args:
        path: A TOML file: a table for each task, with `files`, `target` and what else
            `Forecast.from_csv` takes. Names of files are relative to it.
        method: The settings of the method of search; None for the preset's.
        budget: When each search ends; None for the preset's, or the method's own end.
        seeds: How many runs each task has.
        seed: The first seed.
        preset: Where settings come from that are not given.
        training: How networks are trained, or the name of a protocol; None for the preset's.
        judge: How much training a candidate gets; None for what suits the method.
        control: As for `study_of`.
        rivals: As for `study_of`.
        order: As for `study_of`.
        candidate_seconds: As for `study_of`.
        candidate_steps: As for `study_of`.

    Raises:
        ConfigError: The file cannot be read, a table of it has a fault, which the message names by
            file, table and key, or a setting has a value that it cannot have.
    """
    path, start = Path(path), preset_named(preset)
    tasks = _tasks(path)
    if type(seeds) is not int or not 1 <= seeds * len(tasks) <= MOST_RUNS:
        raise ConfigError(
            f"`seeds` must be a whole number of at least 1 that leaves at most {MOST_RUNS:,} runs "
            f"of {len(tasks):,} tasks. Got {brief(seeds)}."
        )
    method = start.method if method is None else method
    if isinstance(training, str):
        training = start.protocol if training == start.protocol.name else protocol(training)
    usual = {"scale": start.scale, "holds_out_test": start.holds_out_test,
             "calendar": start.calendar}  # fmt: skip
    return League(
        tasks=tasks,
        folder=path.parent,
        method=method,
        training=training or start.training,
        judge=judge or JUDGES[method_of(method)[1].judge](),
        budget=Budget.of(budget or start.budget or None),
        n_seeds=seeds,
        seed=seed,
        usual={key: value for key, value in usual.items() if value is not None},
        options={
            "control": control,
            "rivals": None if rivals is None else tuple(rivals),
            "order": order,
            "candidate_seconds": candidate_seconds,
            "candidate_steps": candidate_steps,
        },
    )


def _tasks(path: Path) -> dict[str, ForecastOptions]:
    text = read_text(path)
    try:
        values = foreign.parse_toml(text)
    except ValueError as error:
        raise ConfigError(f"{path}: expected TOML: {error}.") from error
    if not values:
        raise ConfigError(f"{path}: there is no task. Write a table for each: [name].")
    tasks = {}
    for name, table in values.items():
        check_name(name, str(path))
        where = f"{path}, [{name}]"
        tasks[name] = read(ForecastOptions, table, where)
        with faults_at(where):
            tasks[name].check()
    return tasks


def check_name(name: str, where: str) -> None:
    """Check that a task may be called so.

    Raises:
        ConfigError: It may not.
    """
    if not TASK_NAME.fullmatch(name):
        raise ConfigError(
            f"{where}: the name of a task must consist of up to 60 letters, digits, - and _, and "
            f"not begin with one of these. Got {brief(name)}."
        )


def wanted(tasks: Iterable[str], only: Iterable[str]) -> tuple[str, ...]:
    """Return the tasks that are named, in the league's order; all where none is.

    Raises:
        ConfigError: There is no such task; the message names the nearest one.
    """
    tasks, only = tuple(tasks), tuple(only)
    for name in only:
        if name not in tasks:
            raise ConfigError(f"There is no task {brief(name)}.{did_you_mean(name, tasks)}")
    return tuple(one for one in tasks if not only or one in only)


def runs_of(tasks: Iterable[str], n_seeds: int, seed: int) -> Iterator[tuple[str, int]]:
    """Yield task and seed of each run, so that what is cut short is still balanced."""
    tasks = tuple(tasks)
    for i in range(n_seeds):
        for task in tasks:
            yield task, seed + i
