"""Processes that carry out the runs of a battery, several at once.

Processes, not threads: asking for a network and laying it out is Python (some 5 of 190 ms on the
demonstration's series), so that threads would wait for each other from some 30 workers on; and one
that dies takes one run with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np

from cellcolony.errors import RunError
from cellcolony.networks.train import warm_up
from cellcolony.runs.battery.one_run import Job, run_job
from cellcolony.runs.battery.record import Record
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.tasks.forecast import Forecast

READY = "ready"
LOOK_SECONDS = 0.2
"""How often the master looks whether Ctrl-C has come."""


class Worker:
    """A process that carries out one job after the other."""

    def __init__(self, task: Forecast, cells: tuple[str, ...]) -> None:
        context = multiprocessing.get_context("spawn")  # threads and kernels do not survive a fork
        self.connection, other = context.Pipe()
        self.job: Job | None = None
        self.is_ready = False
        self._process = context.Process(target=_work, args=(other, task, cells), daemon=True)
        with _interrupts_held_back():
            self._process.start()
        other.close()

    def send(self, job: Job) -> None:
        """Let it begin with a job."""
        self.job = job
        with suppress(OSError):  # it has died, and `receive` will say so
            self.connection.send(job)

    def receive(self) -> Record | None:
        """Return what has come of its job; None where it has only said that it is ready.

        Raises:
            RunError: The process died before it was ready.
            EOFError: It died later.
        """
        try:
            message = self.connection.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            status = self._process.exitcode
            if not self.is_ready:
                raise RunError(
                    f"A process of the battery could not begin (status {status}); what it printed "
                    'stands above. A script that runs a battery needs `if __name__ == "__main__":`.'
                ) from error
            raise EOFError(f"its process died with status {status}") from error
        if message == READY:
            self.is_ready = True
            return None
        self.job = None
        return message

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.terminate()
        self._process.join()
        self.connection.close()


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
    todo = iter(jobs)
    workers: list[Worker] = []
    stop = np.zeros(1, np.uint8)
    try:
        with interrupts_set(stop):
            workers += _started(todo, task, cells, n_workers)
            while workers and not stop[0]:
                for connection in wait([w.connection for w in workers], LOOK_SECONDS):
                    (worker,) = (w for w in workers if w.connection is connection)
                    record, is_dead = _heard(worker)
                    if record is None:
                        continue
                    yield record
                    job = next(todo, None)
                    if is_dead or job is None:
                        worker.end()
                        workers.remove(worker)
                    if job is not None:
                        if is_dead:
                            worker = Worker(task, cells)
                            workers.append(worker)
                        worker.send(job)
    finally:
        for worker in workers:
            worker.end()


def _started(
    todo: Iterator[Job], task: Forecast, cells: tuple[str, ...], n_workers: int
) -> Iterator[Worker]:
    for _, job in zip(range(n_workers), todo, strict=False):  # this order loses no job
        worker = Worker(task, cells)
        worker.send(job)
        yield worker


def _heard(worker: Worker) -> tuple[Record | None, bool]:
    """Return a worker's record, or that of its death, and whether it is dead."""
    job = worker.job
    try:
        return worker.receive(), False
    except EOFError as error:
        assert job is not None
        return job.failed(str(error)), True


def _work(connection: Connection, task: Forecast, cells: tuple[str, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the master decides what Ctrl-C does
    threading.Thread(target=_end_with_the_master, daemon=True).start()
    warm_up(cells)
    connection.send(READY)
    while True:
        job: Job = connection.recv()
        connection.send(_carried_out(job, task))


def _carried_out(job: Job, task: Forecast) -> Record:
    try:
        return run_job(job, task)
    except Exception as error:  # its reason stands in the results, and the battery goes on
        return job.failed(f"{type(error).__name__}: {error}")


def _end_with_the_master() -> None:
    master = multiprocessing.parent_process()
    assert master is not None
    master.join()
    os._exit(1)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C back; a process that is started meanwhile never gets one."""
    mask: Callable[..., Any] | None = getattr(signal, "pthread_sigmask", None)
    if mask is None:  # Windows
        yield
        return
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)
