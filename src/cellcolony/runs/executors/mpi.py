"""Workers of MPI: the other ranks of a program that `mpiexec` has started.

    mpiexec -n 64 python -m mpi4py.futures -m cellcolony search ... --executor mpi

A candidate is trained in a process beside the rank: under MPI the death of a rank ends all ranks.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cellcolony.contract import Begin
from cellcolony.errors import ConfigError
from cellcolony.runs.executors import EXECUTORS, SIGNALS
from cellcolony.runs.executors.crew import Crew, Demand
from cellcolony.runs.executors.dispatch import Dispatcher, HowSent
from cellcolony.runs.executors.given import OfExecutor, count_of
from cellcolony.runs.executors.processes import killed_after
from cellcolony.runs.executors.workbench import Parcel

HOW = (
    "The executor 'mpi' works in a program that is begun so: mpiexec -n 64 python -m "
    "mpi4py.futures -m cellcolony search ... --executor mpi"
)


@dataclass(frozen=True)
class OfMPI:
    """The executor "mpi".

    Attributes:
        tasks_per_batch: How many tasks are sent together; None for as many as take about a second.
        mixed_cpus: Whether processors of different types may work in strict order.
        executor: An `MPIPoolExecutor` of the user's own, which stays open.
    """

    shares_memory: ClassVar[bool] = False

    tasks_per_batch: int | None = None
    mixed_cpus: bool = False
    executor: Executor | None = field(default=None, repr=False)

    def own_workers(self) -> int | None:
        """Return how many ranks work.

        Raises:
            ConfigError: There are none.
        """
        if self.executor is not None:
            return count_of(self.executor)
        return _world().Get_size() - 1

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work on the ranks; what trains at the end goes on there to its end."""
        n = self.own_workers() or 1
        parcel = Parcel.of(begin, killed_after(demand), per_gpu=demand.per_gpu)
        how = HowSent(self.tasks_per_batch, self.mixed_cpus)
        if self.executor is not None:
            with Dispatcher(OfExecutor(self.executor, n), parcel, demand, how) as crew:
                yield crew
            return
        from mpi4py.futures import MPIPoolExecutor

        with MPIPoolExecutor(initializer=leave_signals_to_the_master) as executor:
            with Dispatcher(OfExecutor(executor, n), parcel, demand, how) as crew:
                yield crew
            executor.shutdown(wait=True, cancel_futures=True)


def leave_signals_to_the_master() -> None:
    """Let a rank take no Ctrl-C: `mpiexec` passes it on to all of them."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _world() -> Any:
    """Return the communicator of all ranks, whose first one is the master.

    Raises:
        ConfigError: MPI is missing, or the program was not begun by `mpiexec`.
    """
    try:
        from mpi4py import MPI
        from mpi4py.futures import _core
    except (ImportError, RuntimeError) as error:  # a library without mpi4py, or without MPI
        raise ConfigError(
            "The executor 'mpi' needs MPI and the extra mpi: pip install 'cellcolony[mpi]'. "
            f"{error}"
        ) from error
    if MPI.COMM_WORLD.Get_size() < 2 or _core.SharedPool is None:
        raise ConfigError(f"{HOW}, and this one has no ranks to work.")
    return MPI.COMM_WORLD


EXECUTORS.register("mpi")(OfMPI())
