"""Processes of this machine: one that a candidate takes along costs no other candidate anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import ClassVar

import numpy as np

from cellcolony.contract import Begin, StopFlag, Work
from cellcolony.runs.executors import EXECUTORS
from cellcolony.runs.executors.crew import Crew, Demand
from cellcolony.runs.executors.gpus import seats
from cellcolony.runs.executors.pool import Processes

GRACE_SECONDS = 5.0
"""So much later than its cap a process is killed that does not end its training by itself."""


class OfProcesses:
    """The executor "processes"."""

    shares_memory: ClassVar[bool] = False
    is_local: ClassVar[bool] = True

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work in processes; one that works longer than `seconds` is killed a while later.

        On GPUs there are no more of them than may share those.
        """
        shared = get_context("spawn").RawArray("B", 1)
        workers = demand.workers or 1
        gpus = seats(demand.per_gpu, workers)
        workers = len(gpus) or workers
        start = partial(_begin, begin, shared)
        with Processes(start, workers, killed_after(demand), gpus) as processes:
            yield Crew(processes.submit, flag_in(shared), lambda: workers)


def killed_after(demand: Demand) -> float | None:
    """Return after how many seconds a process is killed; None for never."""
    return None if demand.seconds is None else demand.seconds + GRACE_SECONDS


def _begin(begin: Begin, shared: bytearray) -> Work:
    return begin(flag_in(shared))


def flag_in(shared: bytearray) -> StopFlag:
    """Return the stop flag that lies in a byte that processes share."""
    return np.frombuffer(shared, np.uint8)


EXECUTORS.register("processes")(OfProcesses())
