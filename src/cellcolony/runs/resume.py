"""Go on with a study where it was ended, or where it was killed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.layers.trained import read_curve
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.events import NothingLeft, Observer
from cellcolony.runs.executors import Workers, Workplace
from cellcolony.runs.hands import Hands
from cellcolony.runs.observers import wanted_observers
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.session import Session, leaving
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import result_of
from cellcolony.runs.within import timed
from cellcolony.store.sameness import differences
from cellcolony.tasks import Files, Task
from cellcolony.tasks.forecast_facts import ForecastFacts

PASSED = "all its generations have passed; to go on, give more, such as --budget 40generations"
"""Why a search of so many generations does not go on."""


def resume(
    path: str | Path,
    budget: str | Iterable[str] | Budget | None = None,
    *,
    epochs: int | None = None,
    tuned: Sequence[str] | None = None,
    workers: Workers = "usual",
    executor: Workplace | None = None,
    device: str = "auto",
    threads: int = 1,
    per_gpu: int = 1,
    task: Task | None = None,
    files: Files | None = None,
    on_event: Observer | None = None,
    observers: Sequence[str | Observer] = (),
) -> Result:
    """Go on with a study that was killed, interrupted, or ended with a smaller budget.

    What was asked and not done is trained again, and the search goes on; then come the stages that
    follow it, without what is done of them. In strict order the search asks for the candidates that
    an undisturbed one asks for. Signals act as in `Study.run`.

    A run that somebody else made executes nothing, and no link in it is followed out of it. Its
    settings name the files of its data, wherever they lie: those are read, as whoever asks to go on
    with it wants, if they are regular files; unless they give the run's own fingerprint, the run
    does not go on.

    Args:
        path: The run directory.
        budget: When the whole search ends, earlier sessions included; None for the budget that it
            had.
        epochs: How many epochs final trainings have in all; None for as many as before.
        tuned: The rivals of a node that are tuned; None for those of before.
        workers: How many candidates are judged at once: as for `Study.run`.
        executor: Where they are judged; None for what suits the task.
        device: Where language models compute: as for `Study.run`.
        threads: How many threads a final training uses.
        per_gpu: So many trainings at most share a GPU: as for `Study.run`.
        task: The data; None to read again what the study was begun with.
        files: The files of splits whose files have moved, by "train", "valid" and "test".
        on_event: Is called with every event, from this thread.
        observers: As for `Study.run`; no run directory names any.

    Returns:
        What the study has found; where nothing was left to do, what it had found.

    Raises:
        RunError: It is no run directory, of another format or damaged; another process writes it;
            its data or settings have changed; or no candidate could be trained.
        ConfigError: A setting has a value that it cannot have.
        DataError: The files of its data cannot be used.
    """
    path = Path(path)
    limits = Budget.of(budget)
    if (path / directory.CHAMPIONS).is_dir() and directory.is_unbegun(path):
        raise RunError(
            f"{path} was to become a run, and was left before it was one: nothing is lost. "
            "Begin it again by the same command, which clears it."
        )
    before = read_config(path)
    config = _grown(before, path, epochs, tuned)
    if limits is not None:
        config, limits = _up_to(config, limits)
        config = timed(config, limits)
    hands = Hands.of(config, workers, executor, device, threads, per_gpu)
    apart = wanted_observers(observers, path)
    own = () if on_event is None else (on_event,)
    with leaving(path), ExitStack() as stack:
        session = Session.go_on(stack, path, config, hands, limits, observers=own, apart=apart)
        end = _end(session)
        session.is_spent = end is not None
        if session.is_spent:
            session.restored.settle(config.order, session.budget)
        session.had_ended = (path / directory.RESULT).exists()
        is_left = config.stages != before.stages or any(
            stage.left(session) for stage in config.stages
        )
        if end is not None and session.had_ended and not is_left:
            if on_event is not None:
                on_event(end)
            return open_run(path)
        session.data = data_of(path, config, task, files or {})
        for search in config.searches:  # refused now, not after the search
            search.check(session)
        session.run(stack)
    return result_of(session)


def _grown(
    config: StudyConfig, path: Path, epochs: int | None, tuned: Sequence[str] | None
) -> StudyConfig:
    """Return a study with longer final trainings, or with other tuned rivals."""
    if epochs is not None:
        finals = config.stage("finals")
        if not isinstance(finals, FinalsStage):
            raise ConfigError(
                "`epochs` is for studies with final trainings, and this one has none. "
                f"Got {epochs!r}."
            )
        folders = [one for one in (path / directory.FINALS).glob("*") if not one.is_symlink()]
        n_done = max((len(read_curve(folder)) for folder in folders), default=0)
        if type(epochs) is int and epochs < n_done:
            raise ConfigError(
                f"`epochs` must be at least the {n_done} that are done. Got {epochs}."
            )
        schedule = replace(finals.training.schedule, epochs=epochs)
        config = config.with_stage(
            replace(finals, training=replace(finals.training, schedule=schedule))
        )
    if tuned is not None:
        cells = config.stage("cells")
        if not isinstance(cells, CellsStage):
            raise ConfigError("`tuned` is for searches for nodes that have rivals.")
        config = config.with_stage(replace(cells, tuned=tuple(tuned)))
    return config


def _up_to(config: StudyConfig, budget: Budget) -> tuple[StudyConfig, Budget]:
    """Return a study whose method has as many generations as a budget allows, or had before.

    What is done cannot be asked again by a shorter evolution: fewer generations than before are a
    budget of as many candidates.

    Raises:
        ConfigError: The budget counts generations, and the method has none.
    """
    longer, budget = config.within(budget)
    n, before = (one.method_entry.n_candidates(one.method) for one in (longer, config))
    if n is None or before is None or n >= before:
        return longer, budget
    return config, replace(budget, n_networks=min(n, budget.n_networks or n))


def _end(session: Session) -> NothingLeft | None:
    """Say why the search does not go on; None where it does."""
    config = session.config
    search = config.stage("search")
    if not isinstance(search, SearchStage):
        return NothingLeft("every training is done; give more --epochs to go on")
    n, ledger = config.method_entry.n_candidates(config.method), session.restored.ledger
    if n is not None and ledger.n_asked >= n and not ledger.unjudged:
        return NothingLeft(PASSED)
    return search.why_spent(session)


def data_of(path: Path, config: StudyConfig, task: Task | None, files: Files) -> Task:
    """Return the data of a study.

    Args:
        path: The run directory.
        config: Its configuration.
        task: The data, where the caller has them; None to read them again.
        files: The files of splits whose files have moved.

    Raises:
        RunError: The run does not say where its data came from, or had others.
        ConfigError: What it says is invalid.
        DataError: The files cannot be used.
    """
    facts: Any = config.facts
    if task is None:
        try:
            task = config.task_class.again(facts, files)
        except ConfigError as error:
            raise RunError(f"{path}: {error}") from error
        except DataError as error:
            cure = "Where files have moved, name them anew: --train, --valid, --test."
            raise DataError([*error.findings, cure]) from error
    if task.fingerprint != facts.fingerprint:
        now = task.describe()
        changed = "; ".join(_changed(facts, now))
        raise RunError(f"{path} was begun on other data: {changed}. It needs the data that it had.")
    found = differences(facts.compared(), type(task).facts(task.describe(), "[task]").compared())
    if found:
        raise RunError(f"{path} was begun with data scaled otherwise: {'; '.join(found)}.")
    return task


def _changed(facts: Any, now: dict[str, Any]) -> list[str]:
    """Name the files that have changed; the whole where no single one has."""
    if isinstance(facts, ForecastFacts):
        here = {one["name"]: one["fingerprint"] for one in now["files"]}
        changed = [
            f"{name} (fingerprint there {there[:8]}, now {here[name][:8]})"
            for name, there in facts.prints.items()
            if name in here and here[name] != there
        ]
        if len(here) == len(facts.prints) and changed:
            return changed
    return [f"fingerprint there {facts.fingerprint[:8]}, now {now['fingerprint'][:8]}"]
