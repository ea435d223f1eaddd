"""`cellcolony worker`: a Dask worker with the settings that trainings need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cellcolony.errors import ConfigError


def worker(
    *,
    scheduler: str | None = None,
    scheduler_file: Path | None = None,
    threads: int | None = None,
    gpu: Annotated[bool, Parameter(negative=())] = False,
    per_gpu: int = 1,
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
        gpu: Train on the GPUs of this machine, or those that CUDA_VISIBLE_DEVICES names: as many
            candidates at once as they take, each in a process that sees its own GPU alone. The
            search must say --device cuda.
        per_gpu: So many of them at most share a GPU; say the same to the search.
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
    if gpu:
        n = _on_gpus(threads, per_gpu)
    elif per_gpu == 1:
        n = threads or n_cores()
    else:
        raise ConfigError("--per-gpu is for workers on GPUs: say --gpu too.")
    loaded().work(where, n, host=host, lifetime=lifetime, wait=wait)


def _on_gpus(threads: int | None, per_gpu: int) -> int:
    """Return how many candidates train at once on the GPUs of this machine.

    Raises:
        ConfigError: There is none, or a number was given as well.
    """
    from cellcolony.runs.executors.gpus import VISIBLE, check_per_gpu, gpus, why_none

    if threads is not None:
        raise ConfigError("--gpu says how many candidates train at once: leave --threads out.")
    n = len(gpus()) * check_per_gpu(per_gpu)
    if not n:
        raise ConfigError(
            f"There is no GPU here: {why_none()}. Leave --gpu out, or name the GPUs by {VISIBLE}."
        )
    return n
