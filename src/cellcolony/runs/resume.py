"""Go on with a run where it was ended, or where it was killed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.against import begun_before, other_search
from cellcolony.runs.begun import data_of, last_checkpoint, settings_of
from cellcolony.runs.bench import Bench
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint
from cellcolony.runs.events import Observer
from cellcolony.runs.evolve import check_settings
from cellcolony.runs.methods import caps_of, search_of, training_of
from cellcolony.runs.origin import Origin
from cellcolony.runs.recorder import continued_run
from cellcolony.runs.restoring import restore
from cellcolony.runs.result import Result
from cellcolony.runs.session import Session
from cellcolony.runs.spent import why_spent
from cellcolony.runs.stored import open_run
from cellcolony.runs.workplaces.executors import Workplace, check_workplace
from cellcolony.store.lock import locked
from cellcolony.tasks.forecast import Forecast


def resume(
    path: str | Path,
    budget: str | Iterable[str] | Budget | None = None,
    *,
    workers: int = 1,
    executor: Workplace = "threads",
    task: Forecast | None = None,
    on_event: Observer | None = None,
) -> Result:
    """Go on with a run that was killed, interrupted, or ended with a smaller budget.

    What was asked and not done is trained again, and the search goes on. In strict order it asks
    for the networks that an undisturbed run asks for. A search that it is to be held against goes
    on as well, up to as many networks. Signals act as in `evolve`.

    A run that somebody else made executes nothing, and no link in it is followed out of it. Its
    settings name the files of its data, wherever they lie: those are read, as whoever asks to go on
    with it wants, if they are regular files; unless they give the run's own fingerprint, the run
    does not go on.

    Args:
        path: The run directory.
        budget: When the whole search ends, earlier sessions included; None for the budget that it
            had.
        workers: How many networks are trained at once, one thread each.
        executor: Where they are trained: see `evolve`.
        task: The data; None to read again what the run was begun with.
        on_event: Is called with every event, from this thread.

    Returns:
        What the run has found; where nothing was left to do, what it had found.

    Raises:
        RunError: It is no run directory, of another format or damaged; another process writes it;
            its data or settings have changed; or no network could be trained.
        ConfigError: A setting has a value that it cannot have.
        DataError: The files of its data cannot be used.
    """
    path = Path(path)
    limits = budget if isinstance(budget, Budget) or budget is None else Budget.parse(budget)
    config = settings_of(path, "resumed")
    with ExitStack() as stack:
        stack.enter_context(locked(path))
        check_settings(config.seed, workers, config.order)
        check_workplace(executor)
        checkpoint = last_checkpoint(path, config.to_compare())
        limits = limits or _budget_before(path, checkpoint)
        origin = Origin.of_forecast(config, search_of(config))
        restored = restore(path, origin, checkpoint)
        end = why_spent(restored, limits, origin.order)
        if end is not None and (path / directory.RESULT).exists():
            if on_event is not None:
                on_event(end)
            return open_run(path)
        task = data_of(path, config, task)
        bench = Bench.of(
            task, training_of(config), config.seed, workers, origin.order, caps_of(config), executor
        )
        if on_event is not None:
            restored.books.observers.append(on_event)
        session = Session(
            bench, search_of(config), limits, restored.standing, restored.books, path,
            restored.seconds,
        )  # fmt: skip
        against = None if checkpoint is None else checkpoint.against
        if against is not None:
            begun_before(path / against, bench, other_search(search_of(config), against))
        session.compile()
        last = restored.next_checkpoint(checkpoint, config.to_compare(), limits, workers)
        assert session.findings is not None
        write_front, front = session.findings.write_front, tuple(restored.books.front)
        record = continued_run(path, last, front, write_front, directory.OF_AN_END)
        session.record_with(stack.enter_context(record))
        session.search()
        return session.score(against)


def _budget_before(path: Path, checkpoint: Checkpoint | None) -> Budget:
    if checkpoint is not None:
        return checkpoint.budget
    raise RunError(f"{path} does not say any more when its search is to end: give a --budget.")
