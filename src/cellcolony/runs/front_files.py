"""What a search has found so far, in the files of its run directory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Champion
from cellcolony.runs.genomes import KINDS
from cellcolony.runs.scores import EVOLVED, SEARCH, Score, scores_csv
from cellcolony.store.files import write_file
from cellcolony.store.writing import recording
from cellcolony.tasks import Task


@dataclass
class Scorer:
    """Scores champions; what was scored before is not computed again.

    Attributes:
        config: The configuration of the study.
        task: Its data.
    """

    config: StudyConfig
    task: Task
    _known: dict[tuple[int, str], tuple[Score, ...]] = field(default_factory=dict)

    def score(
        self, champions: Iterable[Champion], *splits: str, model: str = "", role: str = EVOLVED
    ) -> tuple[Score, ...]:
        """Return the scores of champions as the search has trained them, on each of the splits.

        Args:
            champions: In their order.
            splits: "valid", "test".
            model: What they are called; empty for "network 97".
            role: What they are in the comparison.
        """
        return tuple(
            replace(line, model=model, role=role) if model else line
            for champion in champions
            for split in splits
            for line in self._lines(champion, split)
        )

    def _lines(self, champion: Champion, split: str) -> tuple[Score, ...]:
        key = (champion.number, split)
        if key not in self._known:
            noun = KINDS[champion.genome.kind].noun
            self._known[key] = tuple(
                Score(
                    model=f"{noun} {champion.number}",
                    role=EVOLVED,
                    candidate=champion.number,
                    stage=SEARCH,
                    seed=None,
                    split=split,
                    target=target,
                    measure=measure,
                    value=value,
                    n_weights=n_weights,
                    n_rows=n_rows,
                    seconds=champion.seconds,
                    epochs=champion.epochs,
                )
                for target, measure, value, n_weights, n_rows in self.task.score_candidate(
                    champion.genome, champion.loss, split, self.config.training
                )
            )
        return self._known[key]


@dataclass
class FrontFiles:
    """Writes the front into a run directory, and removes the files of former champions.

    Attributes:
        path: The run directory.
        scorer: Gives the champions' scores on validation.
    """

    path: Path
    scorer: Scorer

    def write(self, front: Sequence[Champion], scores: Sequence[Score] | None = None) -> None:
        """Write down the front and its scores.

        Args:
            front: From small to large.
            scores: All scores of the study, at its end; None for those of validation alone.

        Raises:
            RunError: The directory cannot be written.
        """
        with recording(self.path):
            directory.write_champions(self.path, front)
            if front:
                known = self.scorer.score(front, "valid") if scores is None else scores
                measure = self.scorer.task.measure
                text = directory.front_csv(front, known, measure)
                write_file(self.path / directory.FRONT, text)
                write_file(self.path / directory.SCORES, scores_csv(known))
            else:
                for name in (directory.FRONT, directory.SCORES):
                    (self.path / name).unlink(missing_ok=True)
            directory.remove_former_champions(self.path, front)
