"""Run a battery, or what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cellcolony.errors import ConfigError
from cellcolony.networks.train import warm_up
from cellcolony.runs.battery.carry_out import carry_out
from cellcolony.runs.battery.folder import Folder
from cellcolony.runs.battery.one_run import Job
from cellcolony.runs.battery.plan import Battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.events import Compiling


@dataclass(frozen=True)
class BatteryStarted:
    """The runs begin: `n_runs` in all, of which `n_finished` were finished before."""

    n_configurations: int
    n_runs: int
    n_finished: int
    workers: int


@dataclass(frozen=True)
class RunEnded:
    """A run has ended, and stands in the results."""

    record: Record


Observer: TypeAlias = Callable[[Compiling | BatteryStarted | RunEnded], None]


def run_battery(
    battery: Battery,
    out: str | Path,
    *,
    workers: int = 1,
    on_event: Observer | None = None,
) -> tuple[Record, ...]:
    """Run what a folder does not hold yet; where all is there, nothing is run and no data read.

    Each run is one search on one thread; the best network is chosen on validation, and scored on
    test. No rivals are trained. The first Ctrl-C gives up the runs that are under way.

    Args:
        battery: What to run.
        out: The folder to write to, or to continue.
        workers: How many runs at once, each in a process of its own: a script needs
            `if __name__ == "__main__":`.
        on_event: Is called with every event, from this thread.

    Returns:
        All finished runs, by configuration and repeat.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The data cannot be used.
        RunError: The folder holds something else, or cannot be written to.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ConfigError(f"`workers` must be a whole number of at least 1. Got {workers!r}.")
    emit = on_event or (lambda _: None)
    folder = Folder.open(Path(out), battery)
    left, records = list(folder.left()), list(folder.records)
    if left:
        task = battery.data.load()
        searched = {configuration for configuration, _ in left}
        cells = {cell for one in searched for cell in (*one.search.cells, one.protocol.output_cell)}
        for one in searched:
            one.ants.layout(task.transform.inputs, task.transform.targets)
        with folder.begin(task.fingerprint) as results:
            emit(Compiling(tuple(sorted(cells))))
            warm_up(cells)
            n_all = len(battery.configurations)
            emit(BatteryStarted(n_all, battery.n_runs, len(records), workers))
            jobs = (Job(one, r, battery.seed + r, battery.budget) for one, r in left)
            with closing(carry_out(jobs, task, tuple(sorted(cells)), workers)) as ended:
                for record in ended:
                    results.append(record)
                    records.append(record)
                    emit(RunEnded(record))
    place = {one.label: i for i, one in enumerate(battery.configurations)}
    return tuple(sorted(records, key=lambda record: (place[record.configuration], record.repeat)))
