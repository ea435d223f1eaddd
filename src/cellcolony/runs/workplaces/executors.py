"""Where candidates are judged: in threads, in processes, or wherever an executor takes them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Literal, TypeAlias

import numpy as np

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.fitness.caps import Caps
from cellcolony.fitness.training import FullTraining
from cellcolony.networks.train import Trainer, warm_up
from cellcolony.runs.loop import Judge, Submit
from cellcolony.runs.workplaces.processes import Processes

Workplace: TypeAlias = Literal["threads", "processes"] | Executor
"""Threads of this process, processes of this machine, or an executor of `concurrent.futures`."""
WORKPLACES = ("threads", "processes")
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
    trainer: Trainer, caps: Caps, executor: Workplace, workers: int, cells: tuple[str, ...]
) -> Iterator[tuple[Submit, np.ndarray]]:
    """Let candidates be trained.

    Args:
        trainer: Trains them; it is sent to each process once, and to a given executor with every
            candidate.
        caps: The most that one training may take.
        executor: Where. A given executor stays open, and what it is training at the end goes on
            there: unless it works in this process it does not see the stop flag.
        workers: How many at once; a given executor has its own number.
        cells: What processes compile, or load, before their first candidate.

    Yields:
        What takes a candidate, and the stop flag, `(1,) uint8`, of all trainings.
    """
    if executor == "processes":
        shared = get_context("spawn").RawArray("B", 1)
        begin = partial(_begin, trainer, caps, shared, cells)
        limit = None if caps.seconds is None else caps.seconds + GRACE_SECONDS
        with Processes(begin, workers, limit) as processes:
            yield processes.submit, _flag(shared)
        return
    stop = np.zeros(1, np.uint8)
    judge = FullTraining(trainer, stop, caps)
    if isinstance(executor, Executor):
        yield partial(executor.submit, judge), stop
        return
    with ThreadPoolExecutor(workers, "train") as threads:
        yield partial(threads.submit, judge), stop


def _begin(trainer: Trainer, caps: Caps, shared: bytearray, cells: tuple[str, ...]) -> Judge:
    warm_up(cells)
    return FullTraining(trainer, _flag(shared), caps)


def _flag(shared: bytearray) -> np.ndarray:
    return np.frombuffer(shared, np.uint8)
