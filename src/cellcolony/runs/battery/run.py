"""Run a battery, or what is left of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cellcolony.networks.warm_up import warm_up
from cellcolony.runs.battery.carry_out import carry_out
from cellcolony.runs.battery.folder import Folder
from cellcolony.runs.battery.grid import Configuration
from cellcolony.runs.battery.one_run import Job
from cellcolony.runs.battery.plan import Battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.events import Compiling
from cellcolony.runs.executors import how_many, interrupts_deferred
from cellcolony.runs.executors.sharing import Sharing
from cellcolony.runs.observers import wanted_observers
from cellcolony.runs.part import WHOLE, Part
from cellcolony.settings import plain
from cellcolony.tasks import Task

PLACE = "processes"
"""The executor of the runs."""
OBSERVED = "observed"
LONGEST_NAME = 80


@dataclass(frozen=True)
class BatteryStarted:
    """The runs begin: `n_runs` in all, of which `n_finished` were finished before.

    `title` is what they are compared by, such as "MAE".
    """

    n_runs: int
    n_finished: int
    workers: int
    title: str


@dataclass(frozen=True)
class RunEnded:
    """A run has ended, and stands in the results."""

    record: Record


Observer: TypeAlias = Callable[[Compiling | BatteryStarted | RunEnded], None]


def run_battery(
    battery: Battery,
    out: str | Path,
    *,
    workers: int | None = 1,
    device: str = "auto",
    per_gpu: int = 1,
    on_event: Observer | None = None,
    observers: Sequence[str] = (),
    wanted: Callable[[Configuration], bool] = lambda one: True,
    part: Part = WHOLE,
) -> tuple[Record, ...]:
    """Run what a folder does not hold yet; where all is there, nothing is run and no data read.

    Each run is a study on one thread, without rivals; its best candidate is chosen on validation. A
    network is then scored on test; a node is so after a final training, where the battery has one.
    The first Ctrl-C gives up the runs that are under way.

    Args:
        battery: What to run.
        out: The folder to write to, or to continue.
        workers: How many runs at once, each in a process of its own: a script needs
            `if __name__ == "__main__":`. None for one for each processor core, or, where `device`
            is "cuda", as many as the GPUs take.
        device: Where language models compute: "cpu", "cuda", or "auto".
        per_gpu: Where that is "cuda", so many runs at most share a GPU.
        on_event: Is called with every event, from this thread.
        observers: Who observes each run, by name: see `Study.run`. What they keep with a run stands
            in `observed/` of the folder.
        wanted: Which configurations are run.
        part: Which part of their runs, where machines that share a folder share the work: each
            part writes a file of its own.

    Returns:
        All finished runs, by configuration and repeat.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The data cannot be used.
        RunError: The folder holds something else, or cannot be written to.
        KeyboardInterrupt: The user wants to leave; what is finished stands in the folder.
    """
    n_workers = how_many(PLACE, workers)
    emit = on_event or (lambda _: None)
    folder = Folder.open(Path(out), battery)
    records = list(folder.records)
    jobs = [(one.label, repeat) for one, repeat in battery.jobs() if wanted(one)]
    mine = set(part.of(jobs))
    left = [(one, repeat) for one, repeat in folder.left() if (one.label, repeat) in mine]
    if left:
        task = battery.data.load()
        sharing = Sharing()
        if device == "cuda":
            on_gpu = any(one.on_gpu for one in task.trainings.values())
            sharing = Sharing.of(on_gpu, PLACE, device, per_gpu)
            n_workers = sharing.n_of(workers, n_workers)
        jobs = [
            Job(
                one, r, battery.seed + r, one.budget or battery.budget, device, tuple(observers),
                _observed_in(Path(out), battery, one, r),
            )
            for one, r in left
        ]  # fmt: skip
        wanted_observers(observers, Path(out))  # raises now, not in every run
        cells = _check(jobs, task)
        with closing(folder.begin(task.fingerprint, part)) as results:
            if cells:
                emit(Compiling(cells))
                with interrupts_deferred():
                    warm_up(cells)
            n_finished = len(mine) - len(left)
            emit(BatteryStarted(len(mine), n_finished, n_workers, battery.title))
            going = carry_out(jobs, task, cells, n_workers, sharing.per_gpu)
            with closing(going) as ended:
                for record in ended:
                    results.append(plain(record))
                    results.flush_to_disk()
                    records.append(record)
                    emit(RunEnded(record))
    place = {one.label: i for i, one in enumerate(battery.configurations)}
    return tuple(sorted(records, key=lambda record: (place[record.configuration], record.repeat)))


def _observed_in(out: Path, battery: Battery, one: Configuration, repeat: int) -> Path:
    """Return the folder where observers keep files of a run."""
    label = re.sub(r"[^\w.,+=-]+", "-", one.label)[:LONGEST_NAME]
    return out / OBSERVED / f"{battery.configurations.index(one)}-{label}-{repeat}"


def _check(jobs: Iterable[Job], task: Task) -> tuple[str, ...]:
    """Check that every search can begin; return the cells that are to be compiled, sorted.

    Raises:
        ConfigError: Settings do not fit together, or the data.
        DataError: The data are too few.
    """
    cells: set[str] = set()
    first = {job.configuration.label: job for job in reversed(list(jobs))}
    for job in first.values():
        config = job.study(task).config
        task.check(config.training)
        rng = np.random.default_rng(config.seed)
        config.method_entry.start(config.method, config.problem, rng)
        if config.trained_by.warm_up is not None:
            cells.update(config.cells)
    return tuple(sorted(cells))
