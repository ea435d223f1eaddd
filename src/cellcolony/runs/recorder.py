"""Keep a run's directory up to date while it runs, so that a kill loses only what still trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import tomli_w

from cellcolony.config import RunConfig
from cellcolony.runs import directory
from cellcolony.runs.colony import write_colony
from cellcolony.runs.directory import write_file
from cellcolony.runs.events import Champion, Event, FrontChanged
from cellcolony.runs.journal import Journal
from cellcolony.runs.predictions import ScoredSeries, predictions_csv
from cellcolony.runs.result import Outcome
from cellcolony.runs.scores import ModelScore, front_csv, scores_csv
from cellcolony.runs.scoring import Scorer
from cellcolony.search.ants.colony import Colony


class Recorder:
    """Makes a run directory and writes what happens; close it, or use it in a `with` block.

    Args:
        path: Where; nothing may stand there.
        config: The settings of the search.
        scorer: Gives the champions' errors on validation.

    Raises:
        RunError: Something stands there, or the folder cannot be made.
    """

    def __init__(self, path: Path, config: RunConfig, scorer: Scorer) -> None:
        directory.create(path)
        self._path = path
        self._scorer = scorer
        write_file(path / directory.CONFIG, config.to_toml())
        self._journal = Journal(path / directory.JOURNAL)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def observe(self, event: Event) -> None:
        """Write down an event."""
        self._journal.observe(event)
        if isinstance(event, FrontChanged):
            directory.write_champions(self._path, event.front)
            self._write_scores(event.front, self._scorer.score(event.front, "valid"))
            directory.remove_former_champions(self._path, event.front)

    def keep(self, colony: Colony) -> None:
        """Write down what the ants had learned when their search ended."""
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
        write_file(self._path / directory.PREDICTIONS, predictions_csv(tested, targets))
        self._write_scores(front, scores)
        write_file(self._path / directory.RESULT, tomli_w.dumps(asdict(outcome)))

    def _write_scores(self, front: Sequence[Champion], scores: Sequence[ModelScore]) -> None:
        write_file(self._path / directory.FRONT, front_csv(scores, front[-1].number))
        write_file(self._path / directory.SCORES, scores_csv(scores))
