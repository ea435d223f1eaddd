"""Processes that carry out the runs of a battery, several at once.

Processes, not threads: asking for a network and laying it out is Python (some 5 of 190 ms on the
demonstration's series), so that threads would wait for each other from some 30 workers on; and one
that dies takes one run with it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial

import numpy as np

from cellcolony.networks.train import warm_up
from cellcolony.runs.battery.one_run import Job, run_job
from cellcolony.runs.battery.record import Record
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.workplaces.processes import Processes
from cellcolony.runs.workplaces.worker import WorkerDiedError
from cellcolony.tasks.forecast import Forecast

LOOK_SECONDS = 0.2
"""How often the master looks whether Ctrl-C has come."""


def carry_out(
    jobs: Iterable[Job], task: Forecast, cells: tuple[str, ...], n_workers: int
) -> Generator[Record, None, None]:
    """Yield the record of each job as it ends; the first Ctrl-C gives up what is under way.

    Args:
        jobs: In the order in which they are begun.
        task: The data.
        cells: What the workers compile, or load, before their first job.
        n_workers: How many jobs run at once.

    Raises:
        RunError: No process could be started.
    """
    stop = np.zeros(1, np.uint8)
    with interrupts_set(stop), Processes(partial(_begin, task, cells), n_workers) as processes:
        under_way = {processes.submit(job): job for job in jobs}
        while under_way and not stop[0]:
            for future in wait(under_way, LOOK_SECONDS, FIRST_COMPLETED).done:
                yield _record(future, under_way.pop(future))


def _record(future: Future[Record], job: Job) -> Record:
    try:
        return future.result()
    except WorkerDiedError as error:
        return job.failed(str(error))


def _begin(task: Forecast, cells: tuple[str, ...]) -> Callable[[Job], Record]:
    warm_up(cells)
    return partial(_carried_out, task)


def _carried_out(task: Forecast, job: Job) -> Record:
    try:
        return run_job(job, task)
    except Exception as error:  # its reason stands in the results, and the battery goes on
        return job.failed(f"{type(error).__name__}: {error}")
