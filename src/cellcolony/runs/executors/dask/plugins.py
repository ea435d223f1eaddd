"""What Dask brings to every worker, now and later: what a study begins with there."""

from __future__ import annotations

import asyncio
from typing import Any

from distributed import Scheduler, Worker, get_worker
from distributed.diagnostics.plugin import SchedulerPlugin, WorkerPlugin

from cellcolony.runs.executors.workbench import Parcel, Workbench, carry_out


class StudyOnWorker(WorkerPlugin):
    """A study's bench on a worker.

    It comes to a worker once, as the worker comes to the cluster; its end, or the worker's, ends
    what still trains there.

    Args:
        name: Names the study on the cluster.
        parcel: What it begins with.
    """

    def __init__(self, name: str, parcel: Parcel) -> None:
        self.name = name
        self._parcel = parcel
        self.bench: Workbench | None = None

    def setup(self, worker: Worker) -> None:
        """Make the bench; nothing is begun before the first task."""
        self.bench = Workbench(self._parcel, worker.state.nthreads)

    def teardown(self, worker: Worker) -> None:
        """End what still works."""
        if self.bench is not None:
            self.bench.close()


class StudyOnScheduler(SchedulerPlugin):
    """Clears a study away whose master is gone, so that nobody trains for it any longer.

    Args:
        name: Names the study on the cluster.
        client: The master.
    """

    def __init__(self, name: str, client: str) -> None:
        self.name = name
        self._client = client
        self._tasks: set[asyncio.Task[Any]] = set()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Clear the study away where this was its master."""
        if client != self._client:
            return
        task = asyncio.ensure_future(self._clear(scheduler))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _clear(self, scheduler: Scheduler) -> None:
        if self.name in scheduler.worker_plugins:
            await scheduler.unregister_worker_plugin(None, self.name)
        if self.name in scheduler.plugins:
            await scheduler.unregister_scheduler_plugin(self.name)


def _bench(worker: Worker, name: str) -> Workbench | None:
    plugin = worker.plugins.get(name)
    return plugin.bench if isinstance(plugin, StudyOnWorker) else None


def carry_out_for(name: str, message: bytes) -> dict[str, Any]:
    """Carry out a message on a worker, on the bench of its study."""
    return carry_out(message, _bench(get_worker(), name))


async def halt_on(name: str, dask_worker: Worker) -> None:
    """Let what trains on a worker for a study end soon with what it has."""
    if (bench := _bench(dask_worker, name)) is not None:
        bench.halt()
