"""Workers of Dask: on this machine, on a cluster that was started, or of a client that is given.

Dask's scheduler and workers carry what is done, and know who is there; each worker trains
candidates in processes of its own, so that a candidate's death is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from cellcolony.contract import Begin
from cellcolony.errors import ConfigError
from cellcolony.runs.executors import EXECUTORS
from cellcolony.runs.executors.crew import Crew, Demand


@dataclass(frozen=True)
class Dask:
    """The executor "dask".

    Attributes:
        scheduler: The address of a scheduler, tcp://HOST:PORT or tls://HOST:PORT. Where neither it
            nor a file is given, workers are started on this machine, reached by nobody else.
        scheduler_file: The file in which a scheduler has written its address.
        tasks_per_batch: How many tasks are sent together; None for as many as take about a second.
        mixed_cpus: Whether processors of different types may work in strict order.
        client: A `distributed.Client` of the user's own, which stays open.

    Raises:
        ConfigError: An address cannot be, or two places are named.
    """

    shares_memory: ClassVar[bool] = False

    scheduler: str | None = None
    scheduler_file: Path | None = None
    tasks_per_batch: int | None = None
    mixed_cpus: bool = False
    client: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.scheduler is not None and not self.scheduler.startswith(("tcp://", "tls://")):
            raise ConfigError(
                "`scheduler` must begin with tcp:// or tls://, such as tcp://127.0.0.1:8786. "
                f"Got {self.scheduler!r}."
            )
        if self.scheduler is not None and self.scheduler_file is not None:
            raise ConfigError("Give `scheduler` or `scheduler_file`, not both.")
        if self.tasks_per_batch is not None and self.tasks_per_batch < 1:
            raise ConfigError(
                f"`tasks_per_batch` must be at least 1, or auto. Got {self.tasks_per_batch}."
            )

    @property
    def is_local(self) -> bool:
        """Whether workers are started on this machine."""
        return self.client is None and self.scheduler is None and self.scheduler_file is None

    def own_workers(self) -> int | None:
        """Return how many threads the cluster's workers have now; None where none was started yet.

        Raises:
            ConfigError: Dask is missing.
            RunError: The scheduler cannot be reached.
        """
        if self.is_local:
            loaded()
            return None
        return loaded().count(self)

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work on the cluster's workers."""
        with loaded().crew(self, begin, demand) as crew:
            yield crew


def loaded() -> Any:
    """Return the module that speaks to Dask.

    Raises:
        ConfigError: Dask is missing.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "The executor 'dask' needs the extra cluster: pip install 'cellcolony[cluster]'."
        ) from error
    from cellcolony.runs.executors.dask import session

    return session


EXECUTORS.register("dask")(Dask())
