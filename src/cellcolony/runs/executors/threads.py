"""Threads of this process: compiled kernels hold no lock, so they train side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np

from cellcolony.contract import Begin, StopFlag
from cellcolony.runs.executors import EXECUTORS, Submit


class Threads:
    """The executor "threads"."""

    shares_memory = True

    @contextmanager
    def __call__(
        self, begin: Begin, workers: int, seconds: float | None
    ) -> Iterator[tuple[Submit, StopFlag]]:
        """Work in threads; one cannot be killed, so `seconds` is left to the training."""
        stop = np.zeros(1, np.uint8)
        work = begin(stop)
        with ThreadPoolExecutor(workers, "train") as threads:
            yield partial(threads.submit, work), stop


EXECUTORS.register("threads")(Threads())
