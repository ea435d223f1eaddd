"""What a search has found so far, in the files of its run directory: front.csv and champions/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Gt

from cellcolony.contract import Genome, Measure
from cellcolony.errors import RunError
from cellcolony.layers.schedule import n_scored
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.directory import CHAMPIONS, FRONT, SCORES
from cellcolony.runs.genomes import GENOME, KINDS, WEIGHTS, Champion
from cellcolony.runs.scores import (
    EVOLVED,
    SEARCH,
    SPLITS,
    Score,
    read_scores,
    read_table,
    scores_csv,
    table_csv,
)
from cellcolony.settings import Count, settings
from cellcolony.store import foreign
from cellcolony.store.files import remove, write_file
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_WEIGHTS, read, readable
from cellcolony.store.writing import recording, writing
from cellcolony.tasks import Task


@settings
class FrontRow:
    """A line of `front.csv`: a candidate that no other beats in both size and validation loss.

    Attributes:
        candidate: Its number.
        size: How large its genome is.
        chosen: "yes" for the best by validation.
    """

    candidate: Count
    size: Annotated[int, Gt(0)]
    chosen: Literal["yes", "no"]


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
        self, champions: Iterable[Champion], *splits: str, **others: Any
    ) -> tuple[Score, ...]:
        """Return the scores of champions as the search has trained them, on each of the splits.

        Args:
            champions: In their order.
            splits: "valid", "test".
            **others: What a score says otherwise: its model is "network 97", its role "evolved".
        """
        return tuple(
            replace(line, **others)
            for champion in champions
            for split in splits
            for line in self._lines(champion, split)
        )

    def _lines(self, champion: Champion, split: str) -> tuple[Score, ...]:
        key = (champion.number, split)
        if key not in self._known:
            training = self.config.training
            found = self.task.score_candidate(champion.genome, champion.loss, split, training)
            # The loss of a training that was only begun is over a share of the text.
            is_begun = getattr(self.config.judge, "begins", False)
            self._known[key] = tuple(
                Score(
                    f"{champion.noun} {champion.number}", EVOLVED, SEARCH, split, measure,
                    n_weights, n_scored(n_rows + 1, training.schedule) - 1 if is_begun else n_rows,
                    champion.seconds, value, target, champion.number, epochs=champion.epochs,
                )
                for target, measure, value, n_weights, n_rows in found
            )  # fmt: skip
        return self._known[key]


@dataclass
class FrontFiles:
    """Writes the front into a run directory, and removes the files of former champions.

    After each file that is written, what `front.csv` names is there: its scores, and its folder.

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
            write_champions(self.path, front)
            if front:
                known = self.scorer.score(front, "valid") if scores is None else scores
                former = self._left_out_of(known)
                write_file(self.path / SCORES, scores_csv((*known, *former)))
                text = front_csv(front, known, self.scorer.task.measure)
                write_file(self.path / FRONT, text)
                if former:
                    write_file(self.path / SCORES, scores_csv(known))
            else:
                for name in (FRONT, SCORES):
                    (self.path / name).unlink(missing_ok=True)
            remove_former_champions(self.path, front)

    def _left_out_of(self, scores: Sequence[Score]) -> tuple[Score, ...]:
        """Return what the directory has of evolved candidates that the scores leave out."""
        now = {one.candidate for one in scores}
        with suppress(RunError):  # of a file that is damaged, which is about to be replaced
            held = read_scores(self.path)
            return tuple(one for one in held if one.role == EVOLVED and one.candidate not in now)
        return ()


def write_champions(run: Path, champions: Iterable[Champion]) -> None:
    """Write the folders of champions that have none; a folder is there whole or not at all.

    Raises:
        RunError: One cannot be written.
    """
    folder = run / CHAMPIONS
    with writing(folder):
        foreign.refuse_leading_out(folder, run)
        for champion in champions:
            name = str(champion.number)
            if not (folder / name).exists():
                part = folder / (name + ".part")
                remove(part)
                part.mkdir()
                for file, content in champion.files().items():
                    (part / file).write_bytes(content)
                part.rename(folder / name)


def remove_former_champions(run: Path, champions: Iterable[Champion]) -> None:
    """Remove the folders of all others; call it when nothing refers to them any more.

    Raises:
        RunError: One cannot be removed.
    """
    kept = {str(champion.number) for champion in champions}
    folder = run / CHAMPIONS
    with writing(folder):
        foreign.refuse_leading_out(folder, run)
        for former in folder.iterdir():
            if former.name not in kept:
                remove(former)


def read_champion(run: Path, number: int, kind: str) -> Genome:
    """Return the genome of a champion, with its trained weights where it has some.

    Raises:
        RunError: Its files are missing or do not form a genome.
    """
    folder, of_kind = run / CHAMPIONS / str(number), KINDS[kind]
    with readable(f"{folder}: the {of_kind.noun}", RunError):
        plain = foreign.parse_json(read(run, folder / GENOME, LARGEST_GENOME))
        weights = read(run, folder / WEIGHTS, LARGEST_WEIGHTS) if WEIGHTS in of_kind.names else b""
        return of_kind.stored(plain, weights)


def front_csv(front: Sequence[Champion], scores: Sequence[Score], measure: Measure) -> str:
    """Return the front as CSV, from small to large; of several targets the mean of the measure.

    Args:
        front: The front.
        scores: Its scores, among others.
        measure: What models are compared by.
    """
    rows = []
    for champion in front:
        wanted = (EVOLVED, champion.number, measure.name, SEARCH)
        own = [one for one in scores if (one.role, one.candidate, one.measure, one.stage) == wanted]
        means = []
        for split in SPLITS:
            values = [one.value for one in own if one.split == split and one.value is not None]
            means.append(measure.mean(values) if values else None)
        n_weights = own[0].n_weights if own else None
        chosen = "yes" if champion is front[-1] else "no"
        rows.append([champion.number, champion.size, n_weights, *means, chosen])
    errors = [f"{split}_{measure.name}" for split in SPLITS]
    return table_csv(["candidate", "size", "n_weights", *errors, "chosen"], rows)


def read_front(run: Path) -> tuple[FrontRow, ...]:
    """Return the lines of `front.csv`; none where nothing was trained yet.

    Raises:
        RunError: The file cannot be read, or a line cannot be.
    """
    return read_table(run, run / FRONT, FrontRow, "the front")
