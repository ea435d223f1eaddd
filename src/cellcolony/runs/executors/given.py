"""An executor of the user's own, which stays open and has workers of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import numpy as np

from cellcolony.contract import Begin
from cellcolony.errors import RunError
from cellcolony.runs.executors.crew import Crew, Demand, MakePlace
from cellcolony.runs.executors.dispatch import Dispatcher, HowSent
from cellcolony.runs.executors.processes import killed_after
from cellcolony.runs.executors.workbench import Parcel, carry_out

COUNTS = ("num_workers", "_max_workers", "max_workers")
"""Where executors say how many workers they have: no name is agreed upon."""
CANCELLED = (
    "The executor was told by somebody else to forget what it was working on. What was done is "
    "safe: `cellcolony resume` goes on."
)


def place_of_executor(executor: Executor) -> MakePlace:
    """Return the place that an executor is."""
    if isinstance(executor, ThreadPoolExecutor):
        return GivenThreads(executor)
    return Given(executor)


def count_of(executor: Executor) -> int | None:
    """Return how many workers an executor has; None where it does not say."""
    for name in COUNTS:
        if isinstance(n := getattr(executor, name, None), int) and n > 0:
            return n
    return None


class GivenThreads:
    """Threads of this process that the user has made."""

    shares_memory: ClassVar[bool] = True

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor

    def own_workers(self) -> int | None:
        """Return how many threads there may be."""
        return count_of(self._executor)

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work in the threads."""
        stop = np.zeros(1, np.uint8)
        n = demand.workers or self.own_workers() or 1
        yield Crew(partial(self._executor.submit, begin(stop)), stop, lambda: n)


class Given:
    """Processes that the user has made, on this machine or elsewhere."""

    shares_memory: ClassVar[bool] = False

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def own_workers(self) -> int | None:
        """Return how many workers it has, as far as it says."""
        return count_of(self._executor)

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work in its processes."""
        parcel = Parcel.of(begin, killed_after(demand), is_apart=False)
        engine = OfExecutor(self._executor, self.own_workers() or demand.workers or 1)
        with Dispatcher(engine, parcel, demand, HowSent()) as crew:
            yield crew


class OfExecutor:
    """Sends messages by an executor's own `submit`: the engine of a `Dispatcher`.

    Args:
        executor: The executor.
        n: How many workers it has, where it does not say.
        call: What a worker calls with a message.
    """

    def __init__(
        self, executor: Executor, n: int, call: Callable[[bytes], Any] = carry_out
    ) -> None:
        self._executor = executor
        self._n = n
        self._call = call

    def send(self, message: bytes, arrived: Callable[[Any], None]) -> None:
        """Let a worker carry a message out."""

        def take(future: Future[Any]) -> None:
            if future.cancelled():
                arrived(RunError(CANCELLED))
                return
            error = future.exception()
            arrived(future.result() if error is None else error)

        self._executor.submit(self._call, message).add_done_callback(take)

    def n_workers(self) -> int:
        """Return how many workers there are."""
        return count_of(self._executor) or self._n

    def halt(self) -> None:
        """Do nothing: an executor has no way to its workers but tasks."""
