"""Repeat a study from its journal: in the order that it keeps, the same state must come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cellcolony.runs import directory
from cellcolony.runs.config_file import read_config
from cellcolony.runs.events import Event, Observer
from cellcolony.runs.executors import Workers, Workplace
from cellcolony.runs.hands import Hands
from cellcolony.runs.replay.items import (
    FINALS,
    ReplayedItems,
    StageItems,
    difference_in_scores,
)
from cellcolony.runs.replay.retraining import Retrained, retrain_candidates, retrain_finals
from cellcolony.runs.replay.search import ReplayedSearch, play, refuse
from cellcolony.runs.resume import data_of
from cellcolony.runs.scores import SEARCH
from cellcolony.tasks import Files, Task


@dataclass(frozen=True)
class Replayed:
    """What a replay has compared with a run directory, and found to be the same.

    Attributes:
        search: The search; None for a study without one.
        within: The searches within it, by folder: that of the control, and of other methods.
        items: The items of the stages that follow.
        n_finals: How many final trainings have the files that the journal tells of.
        has_ended: Whether the study had ended.
        trained: What has come of the trainings; None where nobody was trained.
    """

    search: ReplayedSearch | None
    within: Mapping[str, ReplayedSearch]
    items: tuple[ReplayedItems, ...]
    n_finals: int
    has_ended: bool
    trained: Retrained | None = None


def replay(
    path: str | Path,
    *,
    retrain: bool = False,
    workers: Workers = "usual",
    executor: Workplace | None = None,
    device: str = "auto",
    per_gpu: int = 1,
    task: Task | None = None,
    files: Files | None = None,
    on_event: Observer | None = None,
) -> Replayed:
    """Repeat a study in the order that its journal keeps, and compare it with its directory.

    Every candidate is asked again and must come out as the journal says; every evaluation is told
    as it was. The state must then be that of the last checkpoint at its line, and at the end that
    of the front, its genomes and what the method has learned. The control is repeated likewise.
    What is done of other stages must be what they ask for, and final trainings must have the files
    that the journal tells of. Nothing is written, and the study may be under way: it is replayed up
    to the last whole line. A loss that decides nothing is told as it stands: only a training can
    tell that it was changed.

    Args:
        path: The run directory.
        retrain: Whether to train all candidates and all final trainings again too, and to compare
            losses, learning curves, steps, weights and the scores on validation; this takes as long
            as the study. The last bits may differ on another kind of machine.
        workers: How many are trained at once: as for `Study.run`.
        executor: Where; None for what suits the task.
        device: Where language models compute: as for `Study.run`.
        per_gpu: So many trainings at most share a GPU.
        task: The data, for training; None to read again what the study was begun with.
        files: The files of splits whose files have moved, by "train", "valid" and "test".
        on_event: Is called with every event, from this thread.

    Returns:
        What was compared. Trainings that came out otherwise are listed in it.

    Raises:
        RunError: Something comes out otherwise, and is named with both values; or it is no run
            directory, of another format, or damaged; or it has other data.
        ConfigError: A setting has a value that it cannot have.
        DataError: The files of its data cannot be used.
        KeyboardInterrupt: The user wants to leave.
    """
    path = Path(path)
    config = read_config(path)
    hands = Hands.of(config, workers, executor, device, per_gpu=per_gpu)
    watching = () if on_event is None else (on_event,)
    # First, so that data that cannot be had are refused at once.
    data = data_of(path, config, task, files or {}) if retrain else None
    has_search = config.stage(SEARCH) is not None
    played, within = play(path, config, watching, hands, data), {}
    for search in config.searches:
        folder = path / search.folder
        if (folder / directory.JOURNAL).exists():
            own = play(folder, read_config(folder), watching, hands, data)
            within[search.folder], played.session.within[search.folder] = own, own.session
    items = StageItems(played, within)
    difference, compared = items.compare()
    refuse(path, difference)
    finals = items.done(FINALS)
    refuse(path, items.difference_in_finals(finals))
    refuse(path, items.difference_in_ensembles())
    trained = None
    if retrain:
        trained = _trained(items, watching)
        trained = replace(trained, scores=difference_in_scores(items))
    return Replayed(
        search=played.replayed if has_search else None,
        within={folder: own.replayed for folder, own in within.items()},
        items=compared,
        n_finals=len(finals),
        has_ended=items.has_ended,
        trained=trained,
    )


def _trained(items: StageItems, watching: Sequence[Observer]) -> Retrained:
    """Train candidates, rivals and final trainings again."""

    def emit(event: Event) -> None:
        for observer in watching:
            observer(event)

    trained, session = Retrained(0, {}, {}), items.session
    if session.config.stage(SEARCH) is not None:
        trained += retrain_candidates(items.played, items.done("cells"), emit)
    for folder, own in items.within.items():
        trained += retrain_candidates(own, [], emit, f"{folder}: ")
    finals = items.done(FINALS)
    return trained + retrain_finals(session, finals, emit) if finals else trained
