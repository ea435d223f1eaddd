"""What a search, its rivals and a search that it is held against have in common."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
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
from cellcolony.runs.interrupt import interrupts_set
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

    def restore(
        self,
        input_names: Sequence[str],
        output_names: Sequence[str],
        state: Mapping[str, typing.Any],
    ) -> Search:
        """Continue a search for these columns where its state left off."""
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

    def start(self, search: SearchSettings) -> Standing:
        """Begin a search for the columns of the task."""
        begun = search.start(
            self.task.transform.inputs,
            self.task.transform.targets,
            rng_for(self.seed, -1, "start"),
            self.protocol.output_cell,
        )
        return Standing(begun, self.seed)

    def search(
        self, standing: Standing, budget: Budget, books: Bookkeeping, seconds: float = 0.0
    ) -> SearchEnded:
        """Run a search, or go on with one, within its budget.

        The first Ctrl-C lets what is in training end, and then ends the search; the second ends it
        at once.

        Args:
            standing: Where the search stands.
            budget: When it ends.
            books: Watches it.
            seconds: How long earlier sessions of it took.
        """
        drain, stop = np.zeros(1, np.uint8), np.zeros(1, np.uint8)
        with interrupts_set(drain, stop), ThreadPoolExecutor(self.workers, "train") as executor:
            flight = Flight(standing, FullTraining(self.trainer, stop), executor, books.emit)
            return run_search(
                flight,
                budget,
                workers=self.workers,
                stop=stop,
                drain=drain,
                order=self.order,
                seconds=seconds,
            )

    def config(self, search: SearchSettings) -> RunConfig:
        """Return what a second run needs to be the same."""
        return RunConfig(
            seed=self.seed,
            order=self.order,
            search={"method": type(search).__name__, **asdict(search)},
            protocol=asdict(self.protocol),
            transform=self.task.transform.to_dict(),
            data=self._about_data(),
            version=cellcolony.__version__,
        )

    def _about_data(self) -> dict[str, typing.Any]:
        task = self.task
        about = {"fingerprint": task.fingerprint, **asdict(task.summary())}
        about["files"] = [
            {**file, "fingerprint": recording.fingerprint}
            for file, recording in zip(about["files"], task.recordings, strict=True)
        ]
        return about if task.source is None else {**about, "source": task.source.to_dict()}
