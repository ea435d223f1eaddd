"""Where candidates are judged: one file an executor, or any executor of `concurrent.futures`.

A member of this folder is a context manager: from what begins on a worker, how many workers, and
how long a task may take by its own account, to what takes a task and the stop flag of all tasks.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import FrameType
from typing import Any, Protocol, TypeAlias

import numpy as np

from cellcolony.contract import Begin, StopFlag
from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.registry import Registry

Submit: TypeAlias = Callable[[Any], Future[Any]]
Place: TypeAlias = AbstractContextManager[tuple[Submit, StopFlag]]
Workplace: TypeAlias = str | Executor
"""The name of an executor, or an executor of `concurrent.futures`."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and the request to end."""


class MakePlace(Protocol):
    """Makes the place where tasks are carried out."""

    shares_memory: bool
    """Whether workers run in this process, which has compiled everything already."""

    def __call__(self, begin: Begin, workers: int, seconds: float | None) -> Place:
        """Return the place; entering it starts the workers, leaving it ends them."""
        ...


EXECUTORS: Registry[MakePlace] = Registry(
    "executor", "cellcolony.runs.executors", "cellcolony.executors"
)


def check_executor(executor: object) -> None:
    """Check what candidates are to be judged on.

    Raises:
        ConfigError: It is neither a known name nor an executor.
    """
    if isinstance(executor, Executor):
        return
    known = EXECUTORS.names()
    if not (isinstance(executor, str) and executor in known):
        raise ConfigError(
            f"`executor` must be {', '.join(map(repr, known))} or an executor of "
            f"`concurrent.futures`. Got {executor!r}.{did_you_mean(str(executor), known)}"
        )


def n_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shares_memory(executor: Workplace) -> bool:
    """Say whether workers have what this process has compiled."""
    return isinstance(executor, Executor) or EXECUTORS[executor].shares_memory


def working(begin: Begin, executor: Workplace, workers: int, seconds: float | None = None) -> Place:
    """Let candidates be judged, or other tasks be carried out.

    Args:
        begin: Returns what carries out tasks. It is sent to each process and called there once;
            what it returns is sent to a given executor with every task.
        executor: Where. A given executor stays open, and what it is working on at the end goes on
            there: unless it works in this process it does not see the stop flag.
        workers: How many at once; a given executor has its own number.
        seconds: The most that a task may take by its own account; None without a limit. A process
            that takes longer is killed a while later.

    Returns:
        A context manager that gives what takes a task, and the stop flag of all tasks.
    """
    if isinstance(executor, Executor):
        return _given(begin, executor)
    return EXECUTORS[executor](begin, workers, seconds)


@contextmanager
def _given(begin: Begin, executor: Executor) -> Iterator[tuple[Submit, StopFlag]]:
    stop = np.zeros(1, np.uint8)
    yield partial(executor.submit, begin(stop)), stop


@contextmanager
def interrupts_set(*flags: StopFlag) -> Iterator[None]:
    """Let each SIGINT or SIGTERM set the next flag, `(1,)`, that is not set yet.

    Once all are set, one more raises KeyboardInterrupt. Outside the main thread, where Python
    handles no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def set_or_raise(_signal: int, _frame: FrameType | None) -> None:
        for flag in flags:
            if not flag[0]:
                flag[0] = 1
                return
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, set_or_raise) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end where a SIGINT or SIGTERM came meanwhile, or came twice.

    What compiles needs it: the KeyboardInterrupt that Python raises in the middle of Numba's own
    code is lost now and then, and the program goes on as if nobody had pressed Ctrl-C.
    """
    came = np.zeros(1, np.uint8)
    with interrupts_set(came):
        yield
    if came[0]:
        raise KeyboardInterrupt
