"""Where candidates are judged: in threads, in processes, or wherever an executor takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.runs.workplaces.processes import Processes

Workplace: TypeAlias = Literal["threads", "processes"] | Executor
"""Threads of this process, processes of this machine, or an executor of `concurrent.futures`."""
WORKPLACES = ("threads", "processes")
Task = TypeVar("Task")
Outcome = TypeVar("Outcome")
StopFlag: TypeAlias = NDArray[np.uint8]
"""`(1,)`; while it is not 0, whatever works ends with what it has."""
Begin: TypeAlias = Callable[[StopFlag], Callable[[Task], Outcome]]
"""Returns what judges candidates, or carries out other tasks, in a process."""
GRACE_SECONDS = 5.0
"""So much later than its cap a process is killed that does not end its training by itself."""


def check_workplace(executor: object) -> None:
    """Check what a search is to run on.

    Raises:
        ConfigError: It is neither a known name nor an executor.
    """
    if not (
        executor in WORKPLACES if isinstance(executor, str) else isinstance(executor, Executor)
    ):
        raise ConfigError(
            "`executor` must be 'threads', 'processes' or an executor of `concurrent.futures`. "
            f"Got {executor!r}.{did_you_mean(str(executor), WORKPLACES)}"
        )


@contextmanager
def judging(
    begin: Begin[Task, Outcome], executor: Workplace, workers: int, seconds: float | None = None
) -> Iterator[tuple[Callable[[Task], Future[Outcome]], StopFlag]]:
    """Let candidates be judged, or other tasks of training be carried out.

    Args:
        begin: Returns what judges them. It is sent to each process and called there once; what it
            returns is sent to a given executor with every task.
        executor: Where. A given executor stays open, and what it is judging at the end goes on
            there: unless it works in this process it does not see the stop flag.
        workers: How many at once; a given executor has its own number.
        seconds: The most that a judgement may take by its own account; None without. A process that
            takes longer is killed a while later.

    Yields:
        What takes a task, and the stop flag of all judgements.
    """
    if executor == "processes":
        shared = get_context("spawn").RawArray("B", 1)
        limit = None if seconds is None else seconds + GRACE_SECONDS
        with Processes(partial(_begin, begin, shared), workers, limit) as processes:
            yield processes.submit, _flag(shared)
        return
    stop = np.zeros(1, np.uint8)
    judge = begin(stop)
    if isinstance(executor, Executor):
        yield partial(executor.submit, judge), stop
        return
    with ThreadPoolExecutor(workers, "train") as threads:
        yield partial(threads.submit, judge), stop


def _begin(begin: Begin[Task, Outcome], shared: bytearray) -> Callable[[Task], Outcome]:
    return begin(_flag(shared))


def _flag(shared: bytearray) -> StopFlag:
    return np.frombuffer(shared, np.uint8)
