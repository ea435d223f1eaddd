"""Processes that carry out the runs of a battery, several at once.

Processes, not threads: asking for a network and laying it out is Python (some 5 of 190 ms on the
demonstration's series), so that threads would wait for each other from some 30 workers on; and one
that dies takes one run with it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

import numpy as np

from cellcolony.contract import StopFlag
from cellcolony.networks.warm_up import warm_up
from cellcolony.runs.battery.one_run import Job, run_job
from cellcolony.runs.battery.record import Record
from cellcolony.runs.executors import Demand, interrupts_set, working
from cellcolony.runs.executors.worker import WorkerDiedError
from cellcolony.tasks import Task

LOOK_SECONDS = 0.2
"""How often the master looks whether Ctrl-C has come."""


def carry_out(
    jobs: Iterable[Job], task: Task, cells: tuple[str, ...], n_workers: int,
    per_gpu: int | None = None,
) -> Generator[Record, None, None]:  # fmt: skip
    """Yield the record of each job as it ends; the first Ctrl-C gives up what is under way.

    Args:
        jobs: In the order in which they are begun.
        task: The data.
        cells: What the workers compile, or load, before their first job.
        n_workers: How many jobs run at once.
        per_gpu: So many of them at most share a GPU; None where none needs one.

    Raises:
        RunError: No process could be started.
        KeyboardInterrupt: The user wants to leave, and jobs are left.
    """
    leave, demand = np.zeros(1, np.uint8), Demand(n_workers, per_gpu=per_gpu)
    place = working(partial(_begin, task, cells), "processes", demand)
    with interrupts_set(leave), place as crew:
        under_way = {crew.submit(job): job for job in jobs}
        while under_way and not leave[0]:
            for future in wait(under_way, LOOK_SECONDS, FIRST_COMPLETED).done:
                yield _record(future, under_way.pop(future))
        if under_way:
            raise KeyboardInterrupt


def _record(future: Future[Record], job: Job) -> Record:
    try:
        return future.result()
    except WorkerDiedError as error:
        return job.failed(str(error))


def _begin(task: Task, cells: tuple[str, ...], stop: StopFlag) -> Callable[[Job], Record]:
    if cells:
        warm_up(cells)
    return partial(_carried_out, task)


def _carried_out(task: Task, job: Job) -> Record:
    # In a thread, because in a main thread a study takes signals, and those are the master's.
    with ThreadPoolExecutor(1) as thread:
        try:
            return thread.submit(run_job, job, task).result()
        except Exception as error:  # its reason stands in the results, and the battery goes on
            return job.failed(f"{type(error).__name__}: {error}")
