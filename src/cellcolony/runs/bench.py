"""What a search, its rivals and a search that it is held against have in common."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np

import cellcolony
from cellcolony.config import RunConfig
from cellcolony.fitness.training import FullTraining
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import Trainer
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import SearchEnded
from cellcolony.runs.interrupt import first_interrupt_sets
from cellcolony.runs.loop import Flight, run_search
from cellcolony.runs.standing import Order, Standing
from cellcolony.search.contract import Search
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast


class SearchSettings(typing.Protocol):
    """The settings of a method of search: a frozen dataclass such as `AntSwarm`."""

    __dataclass_fields__: typing.ClassVar[dict[str, typing.Any]]

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that hidden nodes may compute; they are compiled before the search."""
        ...

    def start(
        self,
        input_names: Sequence[str],
        output_names: Sequence[str],
        rng: np.random.Generator,
        output_cell: str = "linear",
    ) -> Search:
        """Begin a search for these columns."""
        ...


@dataclass(frozen=True, eq=False)
class Bench:
    """The same data, training, seed and workers for everyone who is compared.

    Attributes:
        task: The data.
        protocol: How networks are trained.
        trainer: Trains them.
        seed: Keys every random stream.
        workers: How many networks are trained at once, one thread each.
        order: How results are told to a search.
    """

    task: Forecast
    protocol: Protocol
    trainer: Trainer
    seed: int
    workers: int
    order: Order

    @staticmethod
    def of(task: Forecast, protocol: Protocol, seed: int, workers: int, order: Order) -> Bench:
        """Lay out the data of a task."""
        train, valid = (task.series(split, protocol.residual) for split in ("train", "valid"))
        return Bench(task, protocol, Trainer(train, valid, protocol), seed, workers, order)

    def start(self, search: SearchSettings) -> Search:
        """Begin a search for the columns of the task."""
        return search.start(
            self.task.transform.inputs,
            self.task.transform.targets,
            rng_for(self.seed, -1, "start"),
            self.protocol.output_cell,
        )

    def search(self, colony: Search, budget: Budget, books: Bookkeeping) -> SearchEnded:
        """Run a search within its budget; the first Ctrl-C ends it in good order."""
        stop = np.zeros(1, np.uint8)
        with first_interrupt_sets(stop), ThreadPoolExecutor(self.workers, "train") as executor:
            judge = FullTraining(self.trainer, stop)
            flight = Flight(Standing(colony, self.seed), judge, executor, books.emit)
            return run_search(flight, budget, workers=self.workers, stop=stop, order=self.order)

    def config(self, search: SearchSettings) -> RunConfig:
        """Return what a second run needs to be the same."""
        return RunConfig(
            seed=self.seed,
            order=self.order,
            search={"method": type(search).__name__, **asdict(search)},
            protocol=asdict(self.protocol),
            transform=self.task.transform.to_dict(),
            data={"fingerprint": self.task.fingerprint, **asdict(self.task.summary())},
            version=cellcolony.__version__,
        )
