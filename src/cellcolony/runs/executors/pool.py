"""A pool of processes: one that dies takes nothing along but the task that it worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from typing import Generic, TypeVar

from cellcolony.errors import RunError
from cellcolony.runs.executors.worker import (
    AN_ERROR,
    MAIN_GUARD,
    READY,
    Worker,
    WorkerDiedError,
)

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

MOST_DEATHS = 3
"""So often a task may take its process along before it is given up, and a process may die while it
begins: once may be chance, such as memory that others had taken."""


class Processes(Generic[Task, Outcome]):
    """Some processes, each fed by a thread of this one; use it in a `with` block.

    A process has one task at a time, so that its death is the doing of this task or of the machine,
    and never that of another task. The block's end kills what still works.

    Args:
        begin: Is called once in each process, and returns what is called with each task. It, the
            tasks and what comes of them are sent between processes.
        n: How many.
        seconds: How long a task may take before its process is killed; None for as long as it
            takes.
        gpus: The GPU of each process, which one that takes its place has too; none for processes
            that see what this one sees.
    """

    def __init__(
        self,
        begin: Callable[[], Callable[[Task], Outcome]],
        n: int,
        seconds: float | None = None,
        gpus: Sequence[str] = (),
    ) -> None:
        self._begin = begin
        self._seconds = seconds
        self._gpus: Iterator[str | None] = cycle(gpus or (None,))
        self._threads = ThreadPoolExecutor(n, "feed")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._is_over = False

    def __enter__(self) -> Processes[Task, Outcome]:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._is_over = True
            workers = tuple(self._workers)
        for worker in workers:
            worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.end()

    def submit(self, task: Task) -> Future[Outcome]:
        """Let a task be carried out.

        The future raises WorkerDiedError where the task was given up, RunError where no process
        could begin, and RuntimeError, with the traceback as its text, where the task raised an
        error.

        Processes are started one by one as tasks need them.
        """
        return self._threads.submit(self._carry_out, task)

    def _carry_out(self, task: Task) -> Outcome:
        death = None
        for _ in range(MOST_DEATHS):
            worker = self._worker()
            worker.send(task)
            try:
                return worker.receive(self._seconds)
            except WorkerDiedError as error:
                death = error
                self._drop(worker)
            except TimeoutError:
                self._drop(worker)
                raise WorkerDiedError(f"it did not end within {self._seconds:g} s") from None
        raise WorkerDiedError(f"its process died {MOST_DEATHS} times, the last time with {death}")

    def _worker(self) -> Worker:
        """Return the process of the calling thread, which may have to be started."""
        if (own := getattr(self._own, "worker", None)) is not None:
            return own
        death: WorkerDiedError | None = None
        for _ in range(MOST_DEATHS):
            try:
                self._own.worker = self._start()
            except WorkerDiedError as error:
                death = error
            else:
                return self._own.worker
            if self._is_over:
                raise death
        assert death is not None
        advice = f" {MAIN_GUARD}" if death.status == AN_ERROR else ""
        raise RunError(
            f"A process could not begin: it died {MOST_DEATHS} times before it was ready, the last "
            f"time with {death}; what it printed stands above.{advice}"
        )

    def _start(self) -> Worker:
        with self._lock:  # which also keeps the starts of two processes apart
            if self._is_over:
                raise WorkerDiedError("it was ended")
            if not hasattr(self._own, "gpu"):
                self._own.gpu = next(self._gpus)
            worker = Worker(self._begin, self._own.gpu)
            self._workers.add(worker)
        try:
            ready = worker.receive()
        except (WorkerDiedError, RunError):
            self._drop(worker)
            raise
        assert ready == READY
        return worker

    def _drop(self, worker: Worker) -> None:
        self._own.worker = None
        with self._lock:
            self._workers.discard(worker)
        worker.end()
