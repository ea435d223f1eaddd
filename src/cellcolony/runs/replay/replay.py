"""Repeat a run from its journal: in the order that it keeps, the same state must come out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cellcolony.config import RunConfig
from cellcolony.errors import RunError
from cellcolony.judges.network_training import NetworkTraining
from cellcolony.networks.train import warm_up
from cellcolony.runs import directory
from cellcolony.runs.begun import data_of, settings_of
from cellcolony.runs.bench import Bench
from cellcolony.runs.events import Champion, Compiling, Event, FrontChanged, Observer, Told
from cellcolony.runs.evolve import check_settings
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.methods import search_of, training_of
from cellcolony.runs.replaying.holdings import Holdings, read_columns
from cellcolony.runs.replaying.retraining import Retrained, Retraining
from cellcolony.runs.replaying.sameness import Difference, first_difference
from cellcolony.runs.replaying.tape import Tape
from cellcolony.runs.restoring import Restored
from cellcolony.runs.scores import front_csv
from cellcolony.runs.scoring import Scorer
from cellcolony.tasks.forecast import Forecast


@dataclass(frozen=True)
class Replayed:
    """What a replay has compared with a run directory, and found to be the same.

    Attributes:
        n_asked: How many candidates were asked again, each with the network, the parents and the
            way of making it that the journal tells.
        n_done: How many evaluations the journal holds, failures included.
        n_failed: How many of them are failures.
        front: The numbers of the networks of the front, whose sizes and weights were compared.
        n_told: How many evaluations had been told when the front was last as it is held.
        is_over: Whether the search had ended; else its front is one of those on the way.
        has_colony: Whether the colony of the end was compared: pheromone, weights, epochs.
        at_checkpoint: How many candidates had been asked at the checkpoint whose state was
            compared; None where the checkpoint has no state, or the journal has lost its line.
        trained: What has come of the trainings; None where nobody was trained.
    """

    n_asked: int
    n_done: int
    n_failed: int
    front: tuple[int, ...]
    n_told: int
    is_over: bool
    has_colony: bool
    at_checkpoint: int | None
    trained: Retrained | None = None


def replay(
    path: str | Path,
    *,
    train: bool = False,
    workers: int = 1,
    task: Forecast | None = None,
    on_event: Observer | None = None,
) -> Replayed:
    """Repeat a run in the order that its journal keeps, and compare it with its directory.

    Every candidate is asked again and must come out as the journal says; every evaluation is told
    as it was. The state must then be that of the last checkpoint at its line, and at the end that
    of the front, its networks and the colony. Nothing is written, and a search may be under way: it
    is replayed up to the last whole line. A loss that decides nothing is told as it stands: only a
    training shows whether it is right.

    Args:
        path: The run directory.
        train: Train every candidate again too, and compare its loss, learning curve, steps and
            weights; this takes as long as the search. The last bits may differ on another kind of
            machine.
        workers: How many are trained at once, one thread each.
        task: The data, for training; None to read again what the run was begun with.
        on_event: Is called with every event, from this thread.

    Returns:
        What was compared. Trainings that came out otherwise are listed in it.

    Raises:
        RunError: Something comes out otherwise, and is named with both values; or it is no run
            directory, of an older format, or damaged; or it has other data.
        ConfigError: A setting has a value that it cannot have.
        DataError: The files of its data cannot be used.
    """
    path = Path(path)
    config = settings_of(path, "replayed")
    check_settings(config.seed, workers, config.order)
    watching = () if on_event is None else (on_event,)
    if train:
        task = data_of(path, config, task)  # refused now, not after the replay
    held = Holdings.of(path, config)  # first: a search under way only goes on
    tape = Tape.of(path, config)
    front, replayed = _compare(path, tape, held, watching)
    if task is None or not train:
        return replayed
    trained = _train_again(tape, replayed.n_done, task, workers, watching)
    return replace(replayed, trained=replace(trained, front=_errors(held, front, config, task)))


def _compare(
    path: Path, tape: Tape, held: Holdings, watching: Sequence[Observer]
) -> tuple[tuple[Champion, ...], Replayed]:
    """Play a journal; return the front that is held, and what was compared.

    Raises:
        RunError: Something comes out otherwise.
    """
    sought = _Sought(held)
    restored = tape.begin((sought.observe, *watching))
    standing, books, start = restored.standing, restored.books, 0
    if held.checkpoint.state is not None and tape.has_line_at(held.checkpoint.offset):
        start = held.checkpoint.offset
        tape.play(restored, 0, start)
        _refuse(path, held.difference_at_the_checkpoint(restored))
    at_checkpoint = standing.n_asked if start else None
    tape.play(restored, start, tape.end)
    for _ in tape.end_of_search(restored):
        sought.look_at_the_end(restored)
    _refuse(path, sought.difference)
    replayed = Replayed(
        n_asked=standing.n_asked,
        n_done=books.n_done,
        n_failed=books.failures.total(),
        front=tuple(champion.number for champion in sought.front),
        n_told=sought.n_told,
        is_over=held.is_over,
        has_colony=held.colony is not None,
        at_checkpoint=at_checkpoint,
    )
    return sought.front, replayed


class _Sought:
    """Looks where in a replay the front is as the run directory holds it.

    A search that is over has left its last front, and its colony beside it; any other has left one
    of the fronts on the way.

    Attributes:
        held: What the run directory holds.
        front: The front that was found.
        n_told: How many evaluations had been told by then.
        difference: Where the front that was looked at last differs from what is held; None as soon
            as one was found.
    """

    def __init__(self, held: Holdings) -> None:
        self.held = held
        self.front: tuple[Champion, ...] = ()
        self.n_told = self._n_told = 0
        self._is_found = False
        self.difference = None
        if not held.is_over:
            self._look((), held.difference_in_front(()))

    def observe(self, event: Event) -> None:
        """Look at each new front, if it may be the one."""
        if isinstance(event, Told):
            self._n_told += 1
        elif isinstance(event, FrontChanged) and not (self.held.is_over or self._is_found):
            self._look(event.front, self.held.difference_in_front(event.front))

    def look_at_the_end(self, restored: Restored) -> None:
        """Look at the front and the colony as they are now."""
        if self.held.is_over:
            front = tuple(restored.books.front)
            self._look(front, self.held.difference_at_the_end(restored))

    def _look(self, front: tuple[Champion, ...], difference: Difference | None) -> None:
        if difference is None:
            self.front, self.n_told, self._is_found = front, self._n_told, True
        self.difference = None if self._is_found else difference


def _refuse(path: Path, difference: Difference | None) -> None:
    if difference is not None:
        raise RunError(
            f"{path} is not what its journal leads to: {difference}. Was a file of it changed?"
        )


def _train_again(
    tape: Tape, n: int, task: Forecast, workers: int, watching: Sequence[Observer]
) -> Retrained:
    """Play a journal once more and train everybody on the way."""

    def emit(event: Event) -> None:
        for observer in watching:
            observer(event)

    config, stop = tape.config, np.zeros(1, np.uint8)
    training = training_of(config)
    cells = tuple(sorted({*search_of(config).cells, training.output_cell}))
    emit(Compiling(cells))
    warm_up(cells)
    trainer = Bench.of(task, training, config.seed, workers, tape.origin.order).trainer
    with interrupts_set(stop), ThreadPoolExecutor(workers, "train") as executor:
        judge = NetworkTraining(trainer, stop)
        again = Retraining(judge, executor, 2 * workers, stop, n, emit)
        tape.play(tape.begin((again.observe,)), 0, tape.end)
        return again.finish(tape.n_cut_short)


def _errors(
    held: Holdings, front: Sequence[Champion], config: RunConfig, task: Forecast
) -> Difference | None:
    """Return where the errors in front.csv differ from those of its networks."""
    if not front:
        return None
    scorer = Scorer(task, training_of(config).residual)
    splits = ("valid", "test") if any(held.front["test_mae"]) else ("valid",)
    text = front_csv(scorer.score(front, *splits), front[-1].number)
    return first_difference(held.front, read_columns(text), directory.FRONT)
