"""Evolve a network for a task: the whole of a run, from compiling to the scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.judges.caps import Caps
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.protocol import protocol as protocol_named
from cellcolony.runs import directory
from cellcolony.runs.against import other_search
from cellcolony.runs.bench import Bench, SearchSettings
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Observer
from cellcolony.runs.recorder import new_run
from cellcolony.runs.result import Result
from cellcolony.runs.scores import ModelScore
from cellcolony.runs.session import Session
from cellcolony.runs.standing import Order
from cellcolony.runs.workplaces.executors import Workplace, check_workplace
from cellcolony.tasks.forecast import Forecast

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
    executor: Workplace = "threads",
    candidate_seconds: float | None = None,
    candidate_steps: int | None = None,
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
        executor: Where networks are trained: "threads"; "processes", which cost nobody else
            anything when they die; or an executor of `concurrent.futures` of your own, whose
            number of workers `workers` should be, and which is left open.
        candidate_seconds: A network whose training takes longer has failed; not in strict order.
        candidate_steps: A network whose training needs more updates has failed.
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
    check_settings(seed, workers, order)
    check_workplace(executor)
    caps = Caps(candidate_seconds, candidate_steps)
    if against is not None:
        other_search(search, against)  # refused now, not after the search
    path = None if out is None else Path(out)
    if path is not None:
        directory.refuse_existing(path)  # now, not after compiling
    bench = Bench.of(task, training, seed, workers, order, caps, executor)
    books = Bookkeeping([on_event] if on_event else [])
    session = Session(bench, search, limits, bench.start(search), books, path)
    session.compile()
    with ExitStack() as stack:
        if path is not None and session.findings is not None:
            write_front = session.findings.write_front
            record = new_run(path, bench.config(search), limits, workers, write_front, against)
            session.record_with(stack.enter_context(record))
        session.search()
        return session.score(against, plain)


def check_settings(seed: int, workers: int, order: str) -> None:
    """Check how a search is to be run.

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """
    for name, value, least in (("seed", seed, 0), ("workers", workers, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigError(
                f"`{name}` must be a whole number of at least {least}. Got {value!r}."
            )
    if order not in ORDERS:
        raise ConfigError(
            f"`order` must be 'arrival' or 'strict'. Got {order!r}.{did_you_mean(order, ORDERS)}"
        )
