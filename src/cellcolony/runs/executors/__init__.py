"""Where candidates are judged: one file an executor, or any executor of `concurrent.futures`.

A member of this folder is a `MakePlace` (`crew.py`): from what begins on a worker and what is asked
of the place to a context manager that gives a `Crew`. `threads` and `processes` are on this
machine. Workers elsewhere (`dask`, `mpi`, an executor of the user's own) are fed by a `dispatch`,
and do their work on a `workbench`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import fields, replace
from types import FrameType
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from cellcolony.contract import Begin, StopFlag
from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.registry import Registry
from cellcolony.runs.executors.crew import Crew, Demand, MakePlace, Place, Submit

__all__ = [
    "EXECUTORS", "Crew", "Demand", "MakePlace", "Place", "Submit", "Workers", "Workplace",
    "check_executor", "how_many", "interrupts_deferred", "interrupts_set", "is_here", "limit_of",
    "n_cores", "place_of", "shares_memory", "with_options", "working",
]  # fmt: skip

Workplace: TypeAlias = Any
"""The name of an executor; one with settings, such as `Dask(scheduler=...)`; a `Client` of
`distributed`; or an executor of `concurrent.futures`."""
Workers: TypeAlias = int | Literal["usual"] | None
"""How many work: "usual" for one, or as many as a place has that counts its own; None for one for
each core, or as many as such a place has."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and the request to end."""

EXECUTORS: Registry[MakePlace] = Registry(
    "executor", "cellcolony.runs.executors", "cellcolony.executors"
)


def check_executor(executor: object) -> None:
    """Check what candidates are to be judged on.

    Raises:
        ConfigError: It is neither a known name nor an executor.
    """
    place_of(executor)


def place_of(executor: Workplace) -> MakePlace:
    """Return what makes the place that somebody has named or given.

    Raises:
        ConfigError: It is neither a known name nor an executor.
    """
    known, given = EXECUTORS.names(), cast("Any", executor)
    if isinstance(executor, str) and executor in known:
        return EXECUTORS[executor]
    if hasattr(type(executor), "shares_memory") and callable(executor):
        return given
    if _comes_from(executor, "distributed"):
        if type(executor).__name__ != "Client":
            raise ConfigError(
                f"`executor` must be the client itself: executor=client. Got {executor!r}."
            )
        return replace(EXECUTORS["dask"], client=executor)  # pyright: ignore
    if isinstance(executor, Executor) and _comes_from(executor, "mpi4py"):
        return replace(EXECUTORS["mpi"], executor=executor)  # pyright: ignore
    if isinstance(executor, Executor):
        from cellcolony.runs.executors.given import place_of_executor

        return place_of_executor(executor)
    raise ConfigError(
        f"`executor` must be {', '.join(map(repr, known))}, a `distributed.Client`, or an executor "
        f"of `concurrent.futures`. Got {executor!r}.{did_you_mean(str(executor), known)}"
    )


def _comes_from(thing: object, package: str) -> bool:
    """Say whether the class of something is of a package, which need not be installed."""
    return type(thing).__module__.partition(".")[0] == package


def with_options(name: str, **options: Any) -> Workplace:
    """Return the executor of a name with options; one that is None was not given.

    Raises:
        ConfigError: It has no such option, or a value cannot be.
    """
    given = {key: value for key, value in options.items() if value not in (None, False)}
    check_executor(name)
    if not given:
        return name
    member: Any = EXECUTORS[name]
    has = {one.name for one in fields(member)} if hasattr(member, "__dataclass_fields__") else set()
    for key in given:
        if key not in has:
            option = f"--{key.replace('_', '-')}"
            raise ConfigError(f"{option} is for other executors: {name!r} has no such option.")
    return replace(member, **given)


def how_many(executor: Workplace, workers: Workers) -> int:
    """Return how many candidates are judged at once where somebody asks for `workers`.

    Raises:
        ConfigError: It is no such number.
        RunError: The workers cannot be reached.
    """
    if workers is not None and workers != "usual":
        if type(workers) is not int or workers < 1:
            raise ConfigError(f"`workers` must be a whole number of at least 1. Got {workers!r}.")
        return workers
    own = getattr(place_of(executor), "own_workers", None)
    if own is not None and (counted := own()) is not None:
        return max(counted, 1)
    return n_cores() if workers is None or own is not None else 1


def limit_of(executor: Workplace, workers: Workers, n: int) -> int | None:
    """Return the most that may work at once; None for all that come.

    Args:
        executor: Where.
        workers: How many somebody asks for.
        n: How many that is now: see `how_many`.
    """
    has_own = hasattr(place_of(executor), "own_workers")
    return None if has_own and workers in (None, "usual") else n


def n_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_here(executor: Workplace) -> bool:
    """Say whether all that works, works on this machine, and was started by this program."""
    place = place_of(executor)
    return place.shares_memory or getattr(place, "is_local", False)


def shares_memory(executor: Workplace) -> bool:
    """Say whether workers have what this process has compiled."""
    return place_of(executor).shares_memory


def working(begin: Begin, executor: Workplace, demand: Demand | int) -> Place:
    """Let candidates be judged, or other tasks be carried out.

    Args:
        begin: Returns what carries out tasks. It is sent to each worker once and called there.
        executor: Where. A given executor stays open, and what it is working on at the end goes on
            there: unless it works in this process it does not see the stop flag.
        demand: What is asked of the place; a number for so many workers.

    Returns:
        A context manager that gives the crew.
    """
    return place_of(executor)(begin, Demand(demand) if isinstance(demand, int) else demand)


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
