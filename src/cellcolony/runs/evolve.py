"""Evolve a network for a task: the whole of a run, from compiling to the scores."""

from __future__ import annotations

import time
import typing
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import numpy as np

import cellcolony
from cellcolony.config import RunConfig
from cellcolony.errors import ConfigError, RunError, did_you_mean
from cellcolony.fitness.training import FullTraining
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.protocol import protocol as protocol_named
from cellcolony.networks.train import Trainer, warm_up
from cellcolony.runs import directory
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import (
    Champion,
    Compiling,
    Observer,
    Scoring,
    SearchEnded,
    SearchStarted,
)
from cellcolony.runs.interrupt import first_interrupt_sets
from cellcolony.runs.loop import Flight, Order, run_search
from cellcolony.runs.recorder import Recorder
from cellcolony.runs.result import Outcome, Result
from cellcolony.runs.scoring import Scorer
from cellcolony.search.contract import Search
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

ORDERS = ("arrival", "strict")


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
        output_cell: str | None = None,
    ) -> Search:
        """Begin a search for these columns."""
        ...


def evolve(
    task: Forecast,
    search: SearchSettings,
    budget: str | Iterable[str] | Budget = "200 networks",
    *,
    seed: int = 0,
    workers: int = 1,
    protocol: str | Protocol = "modern",
    out: str | Path | None = None,
    order: Order = "arrival",
    on_event: Observer | None = None,
) -> Result:
    """Search for the best network for a task, and score it beside plain rivals.

    Networks train on the training split and are chosen on validation; the test split is touched
    once, at the end. The first Ctrl-C ends the search and goes on to the scores, the second leaves.

    Args:
        task: The data.
        search: The settings of the search, such as `AntSwarm(n_ants=80)`.
        budget: "200 networks", "10min", "loss<0.01", or several: the first to be reached ends the
            search. Compiling and the scores at the end do not count.
        seed: The same seed on one worker, or in strict order, is the same run.
        workers: How many networks are trained at once, one thread each.
        protocol: How they are trained: "modern", "paper", or settings of your own.
        out: The directory to write the run to; it must not exist. Without, nothing is written.
        order: "arrival", or "strict": the same run for any number of workers.
        on_event: Is called with every event, from this thread.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: `out` exists or cannot be made, or no network could be trained.
    """
    limits = budget if isinstance(budget, Budget) else Budget.parse(budget)
    training = protocol if isinstance(protocol, Protocol) else protocol_named(protocol)
    _check(seed, workers, order)
    path = None if out is None else Path(out)
    if path is not None:
        directory.refuse_existing(path)  # now, not after compiling
    config = _config(task, search, training, seed, order)
    colony = search.start(
        task.transform.inputs,
        task.transform.targets,
        rng_for(seed, -1, "start"),
        training.output_cell,
    )
    train, valid = (task.series(split, training.residual) for split in ("train", "valid"))
    trainer, scorer = Trainer(train, valid, training), Scorer(task, training.residual)
    books = Bookkeeping([on_event] if on_event else [])

    cell_names = tuple(sorted({*search.cells, training.output_cell}))
    books.emit(Compiling(cell_names))
    compile_seconds = warm_up(cell_names)

    with ExitStack() as stack:
        recorder = None
        if path is not None:
            recorder = stack.enter_context(Recorder(path, config, scorer))
            books.observers.insert(0, recorder.observe)
        books.emit(SearchStarted(limits, workers, seed, compile_seconds))
        ended = _search(colony, trainer, limits, books, seed, workers, order)
        front = _front(books, path)
        books.emit(Scoring(len(front)))
        began = time.perf_counter()
        scores = scorer.score(front, "valid", "test") + scorer.score_rivals()
        outcome = Outcome(
            budget=str(limits),
            workers=workers,
            reason=ended.reason,
            interrupted=ended.interrupted,
            compile_seconds=round(compile_seconds, 3),
            search_seconds=round(ended.seconds, 3),
            scoring_seconds=round(time.perf_counter() - began, 3),
        )
        if recorder is not None:
            recorder.finish(front, scores, outcome)
    return Result(
        config=config,
        data=task.summary(),
        transform=task.transform,
        front=front,
        scores=scores,
        n_done=books.n_done,
        n_failed=books.failures.total(),
        outcome=outcome,
        path=path,
    )


def _config(
    task: Forecast, search: SearchSettings, training: Protocol, seed: int, order: str
) -> RunConfig:
    return RunConfig(
        seed=seed,
        order=order,
        search={"method": type(search).__name__, **asdict(search)},
        protocol=asdict(training),
        transform=task.transform.to_dict(),
        data={"fingerprint": task.fingerprint, **asdict(task.summary())},
        version=cellcolony.__version__,
    )


def _search(
    colony: Search,
    trainer: Trainer,
    budget: Budget,
    books: Bookkeeping,
    seed: int,
    workers: int,
    order: Order,
) -> SearchEnded:
    stop = np.zeros(1, np.uint8)
    with first_interrupt_sets(stop), ThreadPoolExecutor(workers, "train") as executor:
        flight = Flight(colony, FullTraining(trainer, stop), executor, seed, books.emit)
        return run_search(flight, budget, workers=workers, stop=stop, order=order)


def _check(seed: int, workers: int, order: str) -> None:
    for name, value, least in (("seed", seed, 0), ("workers", workers, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigError(
                f"`{name}` must be a whole number of at least {least}. Got {value!r}."
            )
    if order not in ORDERS:
        raise ConfigError(
            f"`order` must be 'arrival' or 'strict'. Got {order!r}.{did_you_mean(order, ORDERS)}"
        )


def _front(books: Bookkeeping, path: Path | None) -> tuple[Champion, ...]:
    front = tuple(books.front)
    if not front:
        reasons = "; ".join(f"{reason} ({n} times)" for reason, n in books.failures.most_common(3))
        where = f" See {path / directory.JOURNAL}." if path is not None else ""
        raise RunError(f"No network could be trained: {reasons or 'none was done'}.{where}")
    return front
