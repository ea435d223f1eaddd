"""What a search for networks has found so far, in the files of its run directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import tomli_w

from cellcolony.runs import directory
from cellcolony.runs.colony import write_colony
from cellcolony.runs.directory import network_files, write_file
from cellcolony.runs.events import Champion
from cellcolony.runs.predictions import ScoredSeries, predictions_csv
from cellcolony.runs.result import Outcome
from cellcolony.runs.scores import ModelScore, front_csv, scores_csv
from cellcolony.runs.scoring import Scorer
from cellcolony.search.ants.colony import Colony
from cellcolony.store.writing import recording


class Findings:
    """Writes the front, the scores and how a run ended.

    Everything raises RunError where the directory cannot be written any more.

    Args:
        path: The run directory.
        scorer: Gives the champions' errors on validation.
    """

    def __init__(self, path: Path, scorer: Scorer) -> None:
        self._path = path
        self._scorer = scorer

    def write_front(self, front: Sequence[Champion]) -> None:
        """Write down the front and the errors on validation, and remove former champions."""
        with recording(self._path):
            directory.write_champions(self._path, front, network_files)
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
