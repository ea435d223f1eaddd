"""Threads of this process: compiled kernels hold no lock, so they train side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

import numpy as np

from cellcolony.contract import Begin
from cellcolony.runs.executors import EXECUTORS
from cellcolony.runs.executors.crew import Crew, Demand


class Threads:
    """The executor "threads"."""

    shares_memory: ClassVar[bool] = True

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work in threads; one cannot be killed, so `seconds` is left to the training.

        A GPU is for one of them: what records its work (CUDA graphs) must do so alone.
        """
        stop = np.zeros(1, np.uint8)
        work = begin(stop)
        workers = 1 if demand.per_gpu else demand.workers or 1
        with ThreadPoolExecutor(workers, "train") as threads:
            yield Crew(partial(threads.submit, work), stop, lambda: workers)


EXECUTORS.register("threads")(Threads())
