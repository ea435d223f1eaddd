"""Go on with a run where it was ended, or where it was killed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cellcolony.config import FORMAT, RunConfig
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.bench import Bench
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, read_checkpoint
from cellcolony.runs.differences import differences
from cellcolony.runs.events import NothingLeft, Observer
from cellcolony.runs.evolve import check_settings
from cellcolony.runs.lock import locked
from cellcolony.runs.methods import search_of, training_of
from cellcolony.runs.reading import read_config
from cellcolony.runs.recorder import continued_run
from cellcolony.runs.restoring import Restored, restore
from cellcolony.runs.result import Result
from cellcolony.runs.session import Session
from cellcolony.runs.standing import Order
from cellcolony.runs.stored import open_run
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.source import Source
from cellcolony.toml_table import TABLE, TEXT, TomlTable


def resume(
    path: str | Path,
    budget: str | Iterable[str] | Budget | None = None,
    *,
    workers: int = 1,
    task: Forecast | None = None,
    on_event: Observer | None = None,
) -> Result:
    """Go on with a run that was killed, interrupted, or ended with a smaller budget.

    What was asked and not done is trained again, and the search goes on. In strict order it asks
    for the networks that an undisturbed run asks for. Signals act as in `evolve`.

    A run that somebody else made executes nothing, and no link in it is followed out of it. Its
    settings name the files of its data, wherever they lie: those are read, as whoever asks to go on
    with it wants, if they are regular files; unless they give the run's own fingerprint, the run
    does not go on.

    Args:
        path: The run directory.
        budget: When the whole search ends, earlier sessions included; None for the budget that it
            had.
        workers: How many networks are trained at once, one thread each.
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
        config = _config(path)
        stack.enter_context(locked(path))
        order: Order = "strict" if config.order == "strict" else "arrival"
        check_settings(config.seed, workers, config.order)
        checkpoint = _checkpoint(path, config)
        limits = limits or _budget_before(path, checkpoint)
        restored = restore(path, config, search_of(config), checkpoint)
        if (path / directory.RESULT).exists() and (why := _spent(restored, limits)):
            if on_event is not None:
                on_event(NothingLeft(why))
            return open_run(path)
        task = _data(path, config) if task is None else task
        _check_data(path, config, task)
        bench = Bench.of(task, training_of(config), config.seed, workers, order)
        if on_event is not None:
            restored.books.observers.append(on_event)
        session = Session(
            bench, search_of(config), limits, restored.standing, restored.books, path,
            restored.seconds,
        )  # fmt: skip
        session.compile()
        last = restored.checkpoint or Checkpoint(limits, config.to_compare())
        serial = 1 if checkpoint is None else checkpoint.serial + 1
        last = replace(last, budget=limits, seconds=restored.seconds, serial=serial)
        front = tuple(restored.books.front)
        record = continued_run(path, last, front, session.scorer)
        session.record_with(stack.enter_context(record))
        session.search()
        return session.score()


def _config(path: Path) -> RunConfig:
    config = read_config(path)
    if config.format != FORMAT:
        raise RunError(
            f"{path / directory.CONFIG}: `format` must be {FORMAT} for a run to go on. Got "
            f"{config.format}: it can be shown and used, but not resumed. Search again."
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


def _spent(restored: Restored, budget: Budget) -> str | None:
    """Say why a search that has ended is over; None where it is not."""
    standing = restored.standing
    losses = [champion.loss for champion in restored.books.front]
    losses += [evaluation.loss for evaluation in standing.arrived.values()]
    if any(map(budget.is_met_by, losses)):
        return f"a loss below {budget.loss:g} was reached"
    if budget.seconds_left(restored.seconds) == 0:
        return f"its time was up after {restored.seconds:.1f} s"
    if standing.n_asked >= budget.most_networks and not standing.unjudged:
        return f"{restored.books.n_done} networks are done"
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
    return Forecast.from_source(
        Source.from_dict(TomlTable(config.data, "[data]").take("source", TABLE))
    )


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
    before, now = TomlTable(config.data, "[data]").tables("files"), task.recordings
    pairs = [
        (file.take("name", TEXT), file.take("fingerprint", TEXT), recording.fingerprint)
        for file, recording in zip(before, now, strict=False)
    ]
    changed = [
        f"{name} (fingerprint there {there[:8]}, now {here[:8]})"
        for name, there, here in pairs
        if there != here
    ]
    if len(before) == len(now) and changed:
        return changed
    there, here = config.data["fingerprint"][:8], task.fingerprint[:8]
    return [f"{len(before)} files there, {len(now)} now (fingerprint there {there}, now {here})"]
