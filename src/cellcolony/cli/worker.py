"""`cellcolony worker`: a Dask worker with the settings that trainings need."""

from __future__ import annotations

from pathlib import Path

from cellcolony.errors import ConfigError


def worker(
    *,
    scheduler: str | None = None,
    scheduler_file: Path | None = None,
    threads: int | None = None,
    host: str | None = None,
    lifetime: str | None = None,
    wait: int = 60,
) -> None:
    """Work for searches on a Dask cluster, until Ctrl-C or until the scheduler is gone.

    One is enough for a machine: each of its threads hands candidates on to a process of its own.
    Whoever reaches its port can run any code as you: between machines use tls://, and the settings
    of Dask that name the files of keys.

    Args:
        scheduler: The address of the scheduler, tcp://HOST:PORT or tls://HOST:PORT.
        scheduler_file: The file in which the scheduler has written its address.
        threads: How many candidates train at once. Without, one for each processor core.
        host: The address of this machine that others reach. Without, the one by which it reaches
            the scheduler.
        lifetime: Take no more work after this time, such as 7h, and end; it is no fault then.
        wait: So many seconds the scheduler may be away before the worker gives up.
    """
    from cellcolony.runs.executors import n_cores
    from cellcolony.runs.executors.dask import Dask, loaded

    where = Dask(scheduler=scheduler, scheduler_file=scheduler_file)
    if where.is_local:
        raise ConfigError("Name the scheduler: --scheduler tcp://HOST:PORT or --scheduler-file F.")
    loaded().work(where, threads or n_cores(), host=host, lifetime=lifetime, wait=wait)
