"""Keep a run's directory up to date while it runs, so that a kill loses only what still trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tomli_w

from cellcolony.config import RunConfig
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, write_checkpoint
from cellcolony.runs.colony import write_colony
from cellcolony.runs.directory import write_file
from cellcolony.runs.events import Champion, Event, FrontChanged
from cellcolony.runs.journal import Journal
from cellcolony.runs.lock import locked
from cellcolony.runs.predictions import ScoredSeries, predictions_csv
from cellcolony.runs.result import Outcome
from cellcolony.runs.saving import Saver
from cellcolony.runs.scores import ModelScore, front_csv, scores_csv
from cellcolony.runs.scoring import Scorer
from cellcolony.runs.writing import recording
from cellcolony.search.ants.colony import Colony


@contextmanager
def new_run(
    path: Path,
    config: RunConfig,
    budget: Budget,
    workers: int,
    scorer: Scorer,
    against: str | None = None,
) -> Iterator[Recorder]:
    """Make a run directory, lock it, and return what writes down what happens.

    Args:
        path: Where; nothing may stand there.
        config: The settings of the search.
        budget: When it ends.
        workers: How many networks are trained at once.
        scorer: Gives the champions' errors on validation.
        against: Which other search it is to be held against; None for none.

    Raises:
        RunError: Something stands there, or the folder cannot be made.
    """
    directory.create(path)
    with locked(path):
        checkpoint = Checkpoint(budget, config.to_compare(), workers=workers, against=against)
        with recording(path):
            write_checkpoint(path, checkpoint)
            write_file(path / directory.CONFIG, config.to_toml())  # from now on it is a run
        with Recorder(path, checkpoint, scorer) as recorder:
            yield recorder


@contextmanager
def continued_run(
    path: Path, checkpoint: Checkpoint, front: Sequence[Champion], scorer: Scorer
) -> Iterator[Recorder]:
    """Return what goes on writing down a run, which the caller has locked.

    The files of an end that is none any more are removed, and the front is written anew.

    Raises:
        RunError: The directory cannot be written to.
    """
    with recording(path):
        write_checkpoint(path, checkpoint)
        for name in directory.OF_AN_END:
            (path / name).unlink(missing_ok=True)
        (path / directory.CHAMPIONS).mkdir(exist_ok=True)
    with Recorder(path, checkpoint, scorer) as recorder:
        recorder.write_front(front)
        yield recorder


class Recorder:
    """Writes what happens into a run directory; use it in a `with` block.

    Everything raises RunError where the directory cannot be written any more.

    Args:
        path: The directory.
        checkpoint: Its last checkpoint.
        scorer: Gives the champions' errors on validation.
    """

    def __init__(self, path: Path, checkpoint: Checkpoint, scorer: Scorer) -> None:
        self._path = path
        self._scorer = scorer
        with recording(path):
            self._journal = Journal(path / directory.JOURNAL, checkpoint.seconds)
        self._saver = Saver(path, checkpoint, self._journal)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def checkpoints(self, state: Callable[[], dict[str, Any]]) -> None:
        """Let checkpoints be written; `state` gives that of the run, as plain arrays and values."""
        self._saver.keep(state)

    def observe(self, event: Event) -> None:
        """Write down an event."""
        with recording(self._path):
            self._journal.observe(event)
            self._saver.observe(event)
        if isinstance(event, FrontChanged):
            self.write_front(event.front)

    def write_front(self, front: Sequence[Champion]) -> None:
        """Write down the front and the errors on validation, and remove former champions."""
        with recording(self._path):
            directory.write_champions(self._path, front)
            if front:
                self._write_scores(front, self._scorer.score(front, "valid"))
            else:
                for name in (directory.FRONT, directory.SCORES):
                    (self._path / name).unlink(missing_ok=True)
            directory.remove_former_champions(self._path, front)

    def keep(self, colony: Colony) -> None:
        """Write down what the ants had learned when their search ended."""
        with recording(self._path):
            write_colony(self._path, colony)

    def finish(
        self,
        front: Sequence[Champion],
        scores: Sequence[ModelScore],
        tested: Sequence[ScoredSeries],
        outcome: Outcome,
    ) -> None:
        """Write scores and predictions on the test split, and how the run ended."""
        targets = list(dict.fromkeys(score.target for score in scores))
        with recording(self._path):
            write_file(self._path / directory.PREDICTIONS, predictions_csv(tested, targets))
            self._write_scores(front, scores)
            write_file(self._path / directory.RESULT, tomli_w.dumps(asdict(outcome)))

    def _write_scores(self, front: Sequence[Champion], scores: Sequence[ModelScore]) -> None:
        write_file(self._path / directory.FRONT, front_csv(scores, front[-1].number))
        write_file(self._path / directory.SCORES, scores_csv(scores))
