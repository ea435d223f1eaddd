"""A study on a Dask cluster: its connection, and the engine that carries its messages."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from dask import config
from distributed import Client, KilledWorker, LocalCluster
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError

from cellcolony.contract import Begin
from cellcolony.errors import RunError
from cellcolony.runs.executors import n_cores
from cellcolony.runs.executors.crew import Crew, Demand
from cellcolony.runs.executors.dask import Dask
from cellcolony.runs.executors.dask.plugins import (
    StudyOnScheduler,
    StudyOnWorker,
    carry_out_for,
    halt_on,
)
from cellcolony.runs.executors.dispatch import Dispatcher, HowSent
from cellcolony.runs.executors.processes import killed_after
from cellcolony.runs.executors.workbench import Parcel
from cellcolony.runs.executors.worker import WorkerDiedError

CONNECT_SECONDS = 10
"""So long a scheduler may take to answer."""
LEAVE_SECONDS = 5
"""So long a scheduler may take to let a study go."""
LOOPBACK = "127.0.0.1:0"
"""Any port that this machine alone reaches."""
COUNT_SECONDS = 1.0
"""How often workers are counted."""
UNPROFILED = {"distributed.worker.profile.enabled": False}
"""Dask's profiler looks into the frames of all threads many times a second, and was seen to crash
the process in which a local worker lives with a search."""
GONE = (CommClosedError, OSError, TimeoutError, asyncio.TimeoutError)
"""What Dask raises where a scheduler cannot be reached."""


def count(where: Dask) -> int:
    """Return how many threads the workers of a cluster have now.

    Raises:
        RunError: The scheduler cannot be reached.
    """
    with ExitStack() as stack:
        return sum(_connected(stack, where, None).nthreads().values())


@contextmanager
def crew(where: Dask, begin: Begin, demand: Demand) -> Iterator[Crew]:
    """Let a cluster work for a study.

    Raises:
        RunError: The scheduler cannot be reached, or a worker cannot take the study.
    """
    parcel = Parcel.of(begin, killed_after(demand), per_gpu=demand.per_gpu)
    how = HowSent(where.tasks_per_batch, where.mixed_cpus)
    with ExitStack() as stack:
        client = _connected(stack, where, demand.workers)
        engine = stack.enter_context(_Engine(client, parcel))
        crew = stack.enter_context(Dispatcher(engine, parcel, demand, how))
        yield crew


def _connected(stack: ExitStack, where: Dask, workers: int | None) -> Any:
    if where.client is not None:
        return where.client
    address: Any = where.scheduler
    if where.is_local:
        # One worker in this process hands on to processes of its own; only the pages on which
        # Dask tells how it does listen, and to this machine alone.
        n = workers or n_cores()
        options: Any = {
            "dashboard_address": LOOPBACK, "scheduler_kwargs": {"dashboard": False},
            "worker_dashboard_address": LOOPBACK, "silence_logs": logging.ERROR,
        }  # fmt: skip
        with config.set(UNPROFILED):
            cluster = LocalCluster(
                n_workers=1, threads_per_worker=n, processes=False, memory_limit=0, **options
            )
        address = stack.enter_context(cluster)
    named = {} if address is None else {"address": address}
    if where.scheduler_file is not None:
        _await(Path(where.scheduler_file))
        named["scheduler_file"] = str(where.scheduler_file)
    told = where.scheduler or where.scheduler_file or "this machine"
    try:
        client = Client(**named, timeout=CONNECT_SECONDS, set_as_default=False)
    except (*GONE, ValueError) as error:
        raise RunError(
            f"The scheduler of {told} does not answer: {error}. Start one: dask scheduler, and "
            "workers: cellcolony worker."
        ) from error
    stack.callback(_leave, client)
    return client


def _await(file: Path) -> None:
    """Wait for a scheduler to write its file, which may have been started just now.

    Raises:
        RunError: It has not, for CONNECT_SECONDS: Dask would wait for ever.
    """
    deadline = time.monotonic() + CONNECT_SECONDS
    while not file.exists():
        if time.monotonic() > deadline:
            raise RunError(
                f"{file}: no scheduler has written this file within {CONNECT_SECONDS:g} s. Check "
                f"the path, or start one: dask scheduler --scheduler-file {file}."
            )
        time.sleep(0.05)


def _leave(client: Any) -> None:
    with suppress(*GONE):
        client.close(timeout=LEAVE_SECONDS)


def work(where: Dask, threads: int, *, host: str | None, lifetime: str | None, wait: int) -> None:
    """Be a worker of a cluster until a signal comes, or until its scheduler is gone.

    Args:
        where: The cluster.
        threads: How many tasks are carried out at once.
        host: The address that others reach; None for the one by which the scheduler is reached.
        lifetime: After how long the worker retires; None for never.
        wait: So many seconds the scheduler may be away.
    """
    from distributed.cli.dask_worker import main

    words = [] if where.scheduler is None else [where.scheduler]
    options = {
        "scheduler-file": where.scheduler_file, "nthreads": threads, "host": host,
        "lifetime": lifetime, "death-timeout": wait, "nworkers": 1, "memory-limit": 0,
        "dashboard-address": LOOPBACK,
    }  # fmt: skip
    for name, value in options.items():
        words += [] if value is None else [f"--{name}", str(value)]
    config.set(UNPROFILED)
    main([*words, "--no-dashboard"], prog_name="cellcolony worker", standalone_mode=False)


class _Engine:
    """Carries messages by Dask: the engine of a `Dispatcher`; use it in a `with` block.

    Args:
        client: Is connected to the scheduler.
        parcel: What the study begins with.
    """

    def __init__(self, client: Any, parcel: Parcel) -> None:
        self._client = client
        self._parcel = parcel
        self._name = f"cellcolony-{uuid.uuid4().hex}"
        self._serials = itertools.count()
        self._following: set[Future[None]] = set()
        self._n = 0
        self._lost: RunError | None = None
        self._counting: Future[None] | None = None

    def __enter__(self) -> _Engine:
        client, name = self._client, self._name
        try:
            client.register_plugin(StudyOnScheduler(name, client.id), name=name)
            client.register_plugin(StudyOnWorker(name, self._parcel), name=name)
        except Exception as error:  # whatever raises on the other side comes here
            raise RunError(
                f"The cluster cannot take the study: {type(error).__name__}: {error}. Its "
                "scheduler and its workers must be able to import the same cellcolony."
            ) from error
        self._n = sum(client.nthreads().values())
        self._counting = self._run(self._count())
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._counting, *self._following):
            if one is not None:
                one.cancel()
        if self._lost is None and self._client.status == "running":
            with suppress(*GONE, ValueError, KeyError):
                self._client.sync(self._clear, callback_timeout=LEAVE_SECONDS)

    async def _clear(self) -> None:
        scheduler: Any = self._client.scheduler
        await scheduler.unregister_worker_plugin(name=self._name)
        await scheduler.unregister_scheduler_plugin(name=self._name)

    def _run(self, coroutine: Any) -> Future[None]:
        loop = self._client.loop.asyncio_loop
        return asyncio.run_coroutine_threadsafe(coroutine, loop)

    def send(self, message: bytes, arrived: Callable[[Any], None]) -> None:
        """Let a worker carry a message out."""
        if self._lost is not None:
            raise self._lost
        key = f"{self._name}-{next(self._serials)}"
        future = self._client.submit(carry_out_for, self._name, message, key=key, pure=False)
        following = self._run(self._follow(future, arrived))
        self._following.add(following)
        following.add_done_callback(self._following.discard)

    async def _follow(self, future: Any, arrived: Callable[[Any], None]) -> None:
        try:
            found = await self._client.gather(future, asynchronous=True)
        except KilledWorker as error:
            found = WorkerDiedError(f"its worker died {error.allowed_failures + 1} times")
        except FutureCancelledError as error:
            found = self._gone(str(error.reason))
        except GONE as error:
            found = await self._unreached(error)
        except Exception as error:
            found = error
        finally:
            future.release()
        arrived(found)

    def _gone(self, why: str) -> RunError:
        if self._client.status == "running" and self._client.scheduler_comm is not None:
            return RunError(
                f"The cluster was told by somebody else to forget what it was working on: {why}. "
                "What was done is safe: `cellcolony resume` goes on."
            )
        return self._lose()

    async def _unreached(self, error: Exception) -> RunError:
        """Return what it means that a connection has ended: whether it was the scheduler's."""
        try:
            await self._client.nthreads(asynchronous=True)
        except GONE:
            return self._lose()
        return RunError(
            f"The connection to a worker has ended: {error}. What was done is safe: `cellcolony "
            "resume` goes on."
        )

    def _lose(self) -> RunError:
        """Say from now on that the scheduler is gone."""
        if self._lost is None:
            self._lost = RunError(
                f"The scheduler {self._address} is gone. What was done is safe: start it and its "
                "workers again, and `cellcolony resume` goes on."
            )
        return self._lost

    @property
    def _address(self) -> str:
        return getattr(self._client.scheduler, "addr", "")

    async def _count(self) -> None:
        while True:
            try:
                self._n = sum((await self._client.nthreads(asynchronous=True)).values())
            except GONE as error:
                self._gone(str(error))
            await asyncio.sleep(COUNT_SECONDS)

    def n_workers(self) -> int:
        """Return how many threads the workers have."""
        if self._lost is not None:
            raise self._lost
        return self._n

    def halt(self) -> None:
        """Let what trains end soon with what it has."""
        with suppress(*GONE):
            self._client.run(halt_on, self._name, wait=False)
