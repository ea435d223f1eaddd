"""Evolve a network for a task: the whole of a run, from compiling to the scores."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from cellcolony.errors import ConfigError, RunError, did_you_mean
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.protocol import protocol as protocol_named
from cellcolony.networks.train import warm_up
from cellcolony.runs import directory
from cellcolony.runs.against import TITLES, Against, other_search, search_against
from cellcolony.runs.bench import Bench, SearchSettings
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.colony import colony_of
from cellcolony.runs.events import (
    Champion,
    Compiling,
    Observer,
    RivalsStarted,
    Scoring,
    SearchStarted,
)
from cellcolony.runs.interrupt import first_interrupt_sets
from cellcolony.runs.recorder import Recorder
from cellcolony.runs.result import Outcome, Result
from cellcolony.runs.scores import ModelScore
from cellcolony.runs.scoring import Scorer, score_network_rivals, score_plain_rivals
from cellcolony.runs.standing import Order
from cellcolony.tasks import rivals as plain_rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals import trained

ORDERS = ("arrival", "strict")


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
    against: str | None = None,
    on_event: Observer | None = None,
    plain: Sequence[ModelScore] | None = None,
) -> Result:
    """Search for the best network for a task, and score it beside its rivals.

    Networks train on the training split and are chosen on validation; the test split is touched
    once, at the end. Rivals come after the budget has ended: plain models, and fixed networks that
    are trained for as many epochs as the best network received in all. The first Ctrl-C ends the
    search and goes on to the scores; one during the rivals cuts their training short, and a second
    leaves.

    Args:
        task: The data.
        search: The settings of the search, such as `AntSwarm(n_ants=20)`.
        budget: "200 networks", "10min", "loss<0.01", or several: the first to be reached ends the
            search. Compiling and the scores at the end do not count.
        seed: The same seed on one worker, or in strict order, is the same run.
        workers: How many networks are trained at once, one thread each.
        protocol: How they are trained: "modern", "paper", or settings of your own.
        out: The directory to write the run to; it must not exist. Without, nothing is written.
        order: "arrival", or "strict": the same run for any number of workers.
        against: "random": let random search over the same superstructure try as many networks
            afterwards; its run lies in the folder `random` of `out`.
        on_event: Is called with every event, from this thread.
        plain: The scores of the plain rivals, where they are known from a run on the same task.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: `out` exists or cannot be made, or no network could be trained.
    """
    limits = budget if isinstance(budget, Budget) else Budget.parse(budget)
    training = protocol if isinstance(protocol, Protocol) else protocol_named(protocol)
    _check(seed, workers, order)
    other = None if against is None else other_search(search, against)
    path = None if out is None else Path(out)
    if path is not None:
        directory.refuse_existing(path)  # now, not after compiling
    bench = Bench.of(task, training, seed, workers, order)
    method, scorer = bench.start(search), Scorer(task, training.residual)
    books = Bookkeeping([on_event] if on_event else [])

    cell_names = tuple(sorted({*search.cells, training.output_cell, *trained.cell_names()}))
    books.emit(Compiling(cell_names))
    compile_seconds = warm_up(cell_names)

    with ExitStack() as stack:
        recorder = None
        if path is not None:
            recorder = stack.enter_context(Recorder(path, bench.config(search), scorer))
            books.observers.insert(0, recorder.observe)
        books.emit(SearchStarted(limits, workers, seed, compile_seconds))
        ended = bench.search(method, limits, books)
        colony = colony_of(method)
        if recorder is not None and colony is not None:
            recorder.keep(colony)
        front = _front(books, path)
        books.emit(Scoring(len(front)))
        began = time.perf_counter()
        scores = scorer.score(front, "valid", "test")
        rivals, is_cut_short = _rivals(bench, front[-1], books, plain)
        found = Against()
        if other is not None and against is not None and not is_cut_short:
            books.emit(RivalsStarted(f"{TITLES[against]}, {books.n_done} networks"))
            beside = None if path is None else path / against
            found = search_against(bench, other, TITLES[against], books.n_done, rivals, beside)
        scores = (*scores, *rivals, *found.scores)
        tested = scorer.tested(front[-1])
        outcome = Outcome(
            budget=str(limits),
            workers=workers,
            reason=ended.reason,
            interrupted=ended.interrupted,
            compile_seconds=round(compile_seconds, 3),
            search_seconds=round(ended.seconds, 3),
            scoring_seconds=round(time.perf_counter() - began, 3),
            rival_epochs=front[-1].epochs,
            against_networks=found.n_networks,
            against_seconds=round(found.seconds, 3),
        )
        if recorder is not None:
            recorder.finish(front, scores, tested, outcome)
    return Result(
        config=bench.config(search),
        data=task.summary(),
        transform=task.transform,
        front=front,
        scores=scores,
        n_done=books.n_done,
        n_failed=books.failures.total(),
        outcome=outcome,
        path=path,
        tested=tested,
        kept=colony,
    )


def _rivals(
    bench: Bench, best: Champion, books: Bookkeeping, plain: Sequence[ModelScore] | None
) -> tuple[tuple[ModelScore, ...], bool]:
    """Return the rivals' scores, and whether Ctrl-C cut their training short."""
    stop = np.zeros(1, np.uint8)
    with first_interrupt_sets(stop):
        if plain is None:
            books.emit(RivalsStarted(", ".join(plain_rivals.names())))
            plain = score_plain_rivals(bench.task)
        terms = trained.Terms(
            bench.trainer, best.network.n_weights, best.epochs, bench.seed, bench.workers, stop
        )
        kinds = ", ".join(plain_rivals.NETWORKS.names())
        books.emit(RivalsStarted(f"{kinds}, {best.epochs} epochs each"))
        networks = score_network_rivals(bench.task, terms)
    return (*plain, *networks), bool(stop[0])


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
