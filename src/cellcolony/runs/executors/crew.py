"""What whoever has work asks of a place, and what the place gives: a crew of workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from cellcolony.contract import Begin, StopFlag

Submit: TypeAlias = Callable[[Any], Future[Any]]


@dataclass(frozen=True)
class Demand:
    """What a place is asked for.

    Attributes:
        workers: How many tasks are carried out at once, at most; None for as many as there are
            workers, where the place has workers of its own.
        seconds: The most that a task may take by its own account; None without a limit. A process
            that takes longer is killed a while later.
        is_strict: Whether results must be the same whoever works.
        most: How many tasks may wait or be carried out at once, where some are sent together; None
            for one a worker.
        message_seconds: About so long a worker is to be busy with what is sent to it together.
        per_gpu: So many tasks at most share a GPU, where a worker has some; None for tasks that
            compute on processors.
    """

    workers: int | None
    seconds: float | None = None
    is_strict: bool = False
    most: int | None = None
    message_seconds: float = 1.0
    per_gpu: int | None = None


def nothing_new() -> Sequence[str]:
    """Return no news."""
    return ()


@dataclass(frozen=True)
class Crew:
    """The workers of a place that is open.

    Attributes:
        submit: Lets a task be carried out. Its future raises WorkerDiedError where the task was
            given up, and RunError where no worker can go on.
        stop: `(1,)`, the stop flag of all tasks.
        room: How many tasks keep all workers busy now; it follows workers who come and go.
        news: What the user should know, each sentence once.
        cpus: The types of the processors that have worked, where others than this machine's may.
    """

    submit: Submit
    stop: StopFlag
    room: Callable[[], int]
    news: Callable[[], Sequence[str]] = nothing_new
    cpus: Callable[[], Sequence[str]] = nothing_new


Place: TypeAlias = AbstractContextManager[Crew]


class MakePlace(Protocol):
    """Makes the place where tasks are carried out: a member of `EXECUTORS`.

    One that has workers of its own, however many are asked for, has a method `own_workers()` that
    counts them; it raises RunError where they cannot be reached. One that starts processes on this
    machine alone says so by `is_local`: its processes then share the GPUs that are here.
    """

    shares_memory: ClassVar[bool]
    """Whether workers run in this process, which has compiled everything already."""

    def __call__(self, begin: Begin, demand: Demand) -> Place:
        """Return the place; entering it starts the workers, leaving it ends them."""
        ...
