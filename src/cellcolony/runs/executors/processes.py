"""Processes of this machine: one that a candidate takes along costs no other candidate anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context

import numpy as np

from cellcolony.contract import Begin, StopFlag, Work
from cellcolony.runs.executors import EXECUTORS, Submit
from cellcolony.runs.executors.pool import Processes

GRACE_SECONDS = 5.0
"""So much later than its cap a process is killed that does not end its training by itself."""


class OfProcesses:
    """The executor "processes"."""

    shares_memory = False

    @contextmanager
    def __call__(
        self, begin: Begin, workers: int, seconds: float | None
    ) -> Iterator[tuple[Submit, StopFlag]]:
        """Work in processes; one that works longer than `seconds` is killed a while later."""
        shared = get_context("spawn").RawArray("B", 1)
        limit = None if seconds is None else seconds + GRACE_SECONDS
        with Processes(partial(_begin, begin, shared), workers, limit) as processes:
            yield processes.submit, _flag(shared)


def _begin(begin: Begin, shared: bytearray) -> Work:
    return begin(_flag(shared))


def _flag(shared: bytearray) -> StopFlag:
    return np.frombuffer(shared, np.uint8)


EXECUTORS.register("processes")(OfProcesses())
