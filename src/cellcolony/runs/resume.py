"""Go on with a run where it was ended, or where it was killed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cellcolony.config import FORMAT, RunConfig
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs import directory
from cellcolony.runs.bench import Bench
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, read_checkpoint
from cellcolony.runs.differences import differences
from cellcolony.runs.events import NothingLeft, Observer
from cellcolony.runs.evolve import check_settings
from cellcolony.runs.executors import Workplace, check_workplace
from cellcolony.runs.failing import will_stop
from cellcolony.runs.lock import locked
from cellcolony.runs.methods import caps_of, search_of, training_of
from cellcolony.runs.recorder import continued_run
from cellcolony.runs.restoring import Restored, restore
from cellcolony.runs.result import Result
from cellcolony.runs.session import Session
from cellcolony.runs.standing import Order
from cellcolony.runs.stored import open_run
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.source import Source


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
    for the networks that an undisturbed run asks for. Signals act as in `evolve`.

    Args:
        path: The run directory.
        budget: When the whole search ends, earlier sessions included; None for the budget that it
            had.
        workers: How many networks are trained at once, one thread each.
        executor: Where they are trained: see `evolve`.
        task: The data; None to read the files that the run was begun with.
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
    with ExitStack() as stack:
        if not (path / directory.CONFIG).is_file():
            raise RunError(f"{path} is no run directory: it has no {directory.CONFIG}.")
        stack.enter_context(locked(path))
        config = _config(path)
        order: Order = "strict" if config.order == "strict" else "arrival"
        check_settings(config.seed, workers, config.order)
        check_workplace(executor)
        checkpoint = _checkpoint(path, config)
        limits = limits or _budget_before(path, checkpoint)
        restored = restore(path, config, search_of(config), checkpoint)
        if (path / directory.RESULT).exists() and (end := _spent(restored, limits, order)):
            if on_event is not None:
                on_event(end)
            return open_run(path)
        task = _data(path, config) if task is None else task
        _check_data(path, config, task)
        bench = Bench.of(
            task, training_of(config), config.seed, workers, order, caps_of(config), executor
        )
        if on_event is not None:
            restored.books.observers.append(on_event)
        session = Session(
            bench, search_of(config), limits, restored.standing, restored.books, path,
            restored.seconds,
        )  # fmt: skip
        session.compile()
        last = restored.checkpoint or Checkpoint(limits, config.to_compare())
        serial = 1 if checkpoint is None else checkpoint.serial + 1
        last = replace(
            last, budget=limits, workers=workers, seconds=restored.seconds, serial=serial
        )
        front = tuple(restored.books.front)
        record = continued_run(path, last, front, session.scorer)
        session.record_with(stack.enter_context(record))
        session.search()
        return session.score()


def _config(path: Path) -> RunConfig:
    file = path / directory.CONFIG
    try:
        config = RunConfig.from_toml(file.read_text("utf-8"))
        config.to_compare()
    except (OSError, UnicodeDecodeError, ConfigError, KeyError) as error:
        raise RunError(f"{file}: the settings cannot be read: {error}") from error
    if config.format != FORMAT:
        raise RunError(
            f"{file}: `format` must be {FORMAT} for a run to go on. Got {config.format}: it can be "
            "shown and used, but not resumed. Search again."
        )
    return config


def _checkpoint(path: Path, config: RunConfig) -> Checkpoint | None:
    """Return the last checkpoint; None where it is damaged: the journal alone will do.

    Raises:
        RunError: The run was begun with other settings than `config.toml` has now.
    """
    try:
        checkpoint = read_checkpoint(path)
    except RunError:
        return None
    found = differences(checkpoint.settings, config.to_compare())
    if found:
        raise RunError(
            f"{path / directory.CONFIG} is not as the run was begun: {'; '.join(found)}. Take back "
            "the change, or begin another run."
        )
    return checkpoint


def _budget_before(path: Path, checkpoint: Checkpoint | None) -> Budget:
    if checkpoint is not None:
        return checkpoint.budget
    raise RunError(f"{path} does not say any more when its search is to end: give a --budget.")


def _spent(restored: Restored, budget: Budget, order: Order) -> NothingLeft | None:
    """Say why a search that has ended is over; None where it is not."""
    standing = restored.standing
    if failing := will_stop(standing, order):
        return NothingLeft(failing, is_final=True)
    losses = [champion.loss for champion in restored.books.front]
    losses += [evaluation.loss for evaluation in standing.arrived.values()]
    if any(map(budget.is_met_by, losses)):
        return NothingLeft(f"a loss below {budget.loss:g} was reached")
    if budget.seconds_left(restored.seconds) == 0:
        return NothingLeft(f"its time was up after {restored.seconds:.1f} s")
    if standing.n_asked >= budget.most_networks and not standing.unjudged:
        return NothingLeft(f"{restored.books.n_done} networks are done")
    return None


def _data(path: Path, config: RunConfig) -> Forecast:
    """Read the files of a run again.

    Raises:
        RunError: The run does not say where its data came from.
    """
    if "source" not in config.data:
        raise RunError(
            f"{path}: the data of this run came from no file. Give them to `cellcolony.resume` as "
            "`task`."
        )
    return Forecast.from_source(Source.from_dict(config.data["source"]))


def _check_data(path: Path, config: RunConfig, task: Forecast) -> None:
    """Check that a task has the data and the scales that a run was begun with.

    Raises:
        RunError: It has others.
    """
    if task.fingerprint != config.data["fingerprint"]:
        raise RunError(
            f"{path} was begun on other data: {'; '.join(_changed(config, task))}. It can only go "
            "on with the data that it had."
        )
    found = differences(config.to_compare()["transform"], task.transform.to_dict())
    if found:
        raise RunError(f"{path} was begun with data scaled otherwise: {'; '.join(found)}.")


def _changed(config: RunConfig, task: Forecast) -> list[str]:
    """Name the files that have changed; the whole where no single one has."""
    before, now = config.data.get("files", ()), task.recordings
    changed = [
        f"{file['name']} (fingerprint there {file['fingerprint'][:8]}, now "
        f"{recording.fingerprint[:8]})"
        for file, recording in zip(before, now, strict=False)
        if file["fingerprint"] != recording.fingerprint
    ]
    if len(before) == len(now) and changed:
        return changed
    there, here = config.data["fingerprint"][:8], task.fingerprint[:8]
    return [f"{len(before)} files there, {len(now)} now (fingerprint there {there}, now {here})"]
