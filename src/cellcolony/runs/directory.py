"""The run directory of a study: plain files that a person can read without this program.

config.toml      the configuration: task, method, judge, training, stages
journal.jsonl    every candidate asked and done, and every item of a stage, as it happened
checkpoint.json, checkpoint-N.safetensors   where the search stood at a line of the journal
lock             empty; locked by the process that writes the run
front.csv        the best candidate of each size; `chosen` marks the best by validation
champions/ID/    genome.json and the weights of each candidate of the front; drawing.svg
scores.csv       the scores of the front and, at the end, of all models that are compared
result.toml      how the study ended: budget, counts, times; written at the end
control/         the run directory of the control, such as random search
finals/NAME-seed-N/   a final training: model.json, curve.csv, weights, checkpoint
test_predictions.csv  of forecasts, at the end: for each scored row of the test files (`row` counts
                 from 0) what the targets are and what the best network forecast for them
vocabulary.json  of a text: the tokens by number
colony.safetensors    of ants, at the end of their search: pheromone, weights, epochs
report.html, colony.svg   written by the command line; drawing.svg of one language model
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Gt

from cellcolony.contract import Genome, Measure
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.config import CONFIG
from cellcolony.runs.events import Champion
from cellcolony.runs.genomes import GENOME, KINDS, WEIGHTS
from cellcolony.runs.scores import EVOLVED, Score, table_csv
from cellcolony.settings import Count, record, settings
from cellcolony.store import foreign
from cellcolony.store.files import remove
from cellcolony.store.reading import (
    LARGEST_GENOME,
    LARGEST_SCORES,
    LARGEST_WEIGHTS,
    read,
    read_text,
)
from cellcolony.store.snapshot import CHECKPOINT
from cellcolony.store.writing import writing

JOURNAL, FRONT = "journal.jsonl", "front.csv"
CHAMPIONS, SCORES, RESULT = "champions", "scores.csv", "result.toml"
PREDICTIONS, VOCABULARY = "test_predictions.csv", "vocabulary.json"
CONTROL, FINALS = "control", "finals"
OF_AN_END = (RESULT, PREDICTIONS)
"""What is written when a study has ended, and says nothing about one that goes on."""
UNBEGUN = {CHAMPIONS, "lock", CHECKPOINT, f"{CHECKPOINT}.part", f"{CONFIG}.part"}
"""All that a kill can leave before `config.toml` makes a folder a run."""


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


def refuse_existing(path: Path) -> None:
    """Check that a run can be written to `path`.

    Raises:
        RunError: Something stands there.
    """
    if path.exists() or path.is_symlink():
        raise RunError(f"{path} exists. A run is never written over: choose another --out.")


def create(path: Path) -> None:
    """Make a new run directory, and the folders above it.

    Raises:
        RunError: Something stands there, or the folder cannot be made.
    """
    refuse_existing(path)
    try:
        (path / CHAMPIONS).mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{path}: the run directory cannot be made: {error.strerror}.") from error


def remove_unbegun(path: Path) -> None:
    """Remove a folder that a kill left before it was a run; any other stays as it is."""
    if not path.is_dir() or any(path.glob(f"{CHAMPIONS}/*")):
        return
    if {file.name for file in path.iterdir()} <= UNBEGUN:
        shutil.rmtree(path)


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
                files = KINDS[champion.genome.kind].files(champion.genome, champion.number)
                for file, content in files.items():
                    text = content.encode("utf-8") if isinstance(content, str) else content
                    (part / file).write_bytes(text)
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
    try:
        plain = foreign.parse_json(read(run, folder / GENOME, LARGEST_GENOME))
        weights = read(run, folder / WEIGHTS, LARGEST_WEIGHTS) if of_kind.has_weights else b""
        return of_kind.stored(plain, weights)
    except (ValueError, RunError) as error:
        raise RunError(f"{folder}: the {of_kind.noun} cannot be read: {error}") from error


def front_csv(front: Sequence[Champion], scores: Sequence[Score], measure: Measure) -> str:
    """Return the front as CSV, from small to large; of several targets the mean of the measure.

    Args:
        front: The front.
        scores: Its scores, among others.
        measure: What models are compared by.
    """
    header = ["candidate", "size", "n_weights"]
    header += [f"{split}_{measure.name}" for split in ("valid", "test")] + ["chosen"]
    rows = []
    for champion in front:
        own = [
            one for one in scores if one.role == EVOLVED and one.candidate == champion.number
            and one.measure == measure.name and one.stage == "search"
        ]  # fmt: skip
        values = [
            [one.value for one in own if one.split == split and one.value is not None]
            for split in ("valid", "test")
        ]
        n_weights = own[0].n_weights if own else None
        means = [measure.mean(some) if some else None for some in values]
        chosen = "yes" if champion is front[-1] else "no"
        rows.append([champion.number, champion.size, n_weights, *means, chosen])
    return table_csv(header, rows)


def read_front(run: Path) -> tuple[FrontRow, ...]:
    """Return the lines of `front.csv`; none where nothing was trained yet.

    Raises:
        RunError: The file cannot be read, or a line cannot be.
    """
    path = run / FRONT
    if not path.exists():
        return ()
    lines = csv.DictReader(io.StringIO(read_text(run, path, LARGEST_SCORES), newline=""))
    try:
        rows = [record(FrontRow, row, f"{path}, line {lines.line_num}", lax=True) for row in lines]
    except (ConfigError, csv.Error) as error:
        raise RunError(f"the front cannot be read: {error}") from error
    return tuple(rows)
