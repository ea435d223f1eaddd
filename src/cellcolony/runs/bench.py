"""What a search, its rivals and a search that it is held against have in common."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial

import numpy as np

from cellcolony.config import RunConfig
from cellcolony.contract import Search
from cellcolony.errors import ConfigError
from cellcolony.judges.caps import Caps
from cellcolony.judges.network_training import begin_training
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import Trainer
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import SearchEnded
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.loop import Flight, run_search
from cellcolony.runs.standing import Order, Standing
from cellcolony.runs.workplaces.executors import Workplace, judging
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast
from cellcolony.version import VERSION


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
        caps: The most that judging one candidate may take.
        executor: Where candidates of a search are judged.
    """

    task: Forecast
    protocol: Protocol
    trainer: Trainer
    seed: int
    workers: int
    order: Order
    caps: Caps = field(default_factory=Caps)
    executor: Workplace = "threads"

    @staticmethod
    def of(
        task: Forecast,
        protocol: Protocol,
        seed: int,
        workers: int,
        order: Order,
        caps: Caps | None = None,
        executor: Workplace = "threads",
    ) -> Bench:
        """Lay out the data of a task.

        Raises:
            ConfigError: No candidate could stay within the caps, or one of them would make a
                search in strict order depend on the machine.
        """
        caps = caps or Caps()
        if order == "strict" and caps.seconds is not None:
            raise ConfigError(
                "In strict order a search must not depend on the machine: cap candidates by "
                f"`candidate_steps`. Got `candidate_seconds` {caps.seconds:g}."
            )
        train, valid = (task.series(split, protocol.residual) for split in ("train", "valid"))
        trainer = Trainer(train, valid, protocol)
        n_updates = protocol.epochs * trainer.n_updates_an_epoch
        if caps.failure_in_steps(n_updates):
            raise ConfigError(
                f"`candidate_steps` must be at least {n_updates}, the updates of {protocol.epochs} "
                f"epochs on these data. Got {caps.steps}."
            )
        return Bench(task, protocol, trainer, seed, workers, order, caps, executor)

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
        self,
        standing: Standing,
        cells: Iterable[str],
        budget: Budget,
        books: Bookkeeping,
        seconds: float = 0.0,
    ) -> SearchEnded:
        """Run a search, or go on with one, within its budget.

        The first Ctrl-C lets what is in training end, and then ends the search; the second ends it
        at once.

        Args:
            standing: Where the search stands.
            cells: Those that hidden nodes may compute.
            budget: When it ends.
            books: Watches it.
            seconds: How long earlier sessions of it took.
        """
        used = (*cells, self.protocol.output_cell)
        elsewhere = used if self.executor == "processes" else ()  # this one has compiled them
        begin = partial(begin_training, self.trainer, self.caps, elsewhere)
        place = judging(begin, self.executor, self.workers, self.caps.seconds)
        with place as (submit, stop), interrupts_set(drain := np.zeros(1, np.uint8), stop):
            return run_search(
                Flight(standing, submit, books.emit),
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
            caps=asdict(self.caps),
            transform=self.task.transform.to_dict(),
            data=self._about_data(),
            version=VERSION,
        )

    def _about_data(self) -> dict[str, typing.Any]:
        task = self.task
        about = {"fingerprint": task.fingerprint, **asdict(task.summary())}
        about["files"] = [
            {**file, "fingerprint": recording.fingerprint}
            for file, recording in zip(about["files"], task.recordings, strict=True)
        ]
        return about if task.source is None else {**about, "source": task.source.to_dict()}
