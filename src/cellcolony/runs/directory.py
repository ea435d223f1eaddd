"""The run directory of a study: plain files that a person can read without this program.

config.toml      the configuration: task, method, judge, training, stages
journal.jsonl    every candidate asked and done, and every item of a stage, as it happened
checkpoint.json, checkpoint-N.safetensors   where the search stood at a line of the journal
judge/           what the judge needs, if anything: of `meta` the predictor
lock             empty; locked by the process that writes the run
front.csv        the best candidate of each size; `chosen` marks the best by validation
champions/ID/    genome.json and the weights of each candidate of the front; drawing.svg
ensemble/        of forecasts: the average of several networks as genome.json and weights, and
                 members.csv: which candidates they are, and how much each of them weighs
scores.csv       the scores of the front and, at the end, of all models that are compared
result.toml      how the study ended: budget, counts, times; written at the end
control/         the run directory of the control, such as random search
finals/NAME-seed-N/   a final training: model.json, curve.csv, weights, checkpoint
test_predictions.csv  of forecasts, at the end: for each scored row of the test files (`row` counts
                 from 0) what the targets are and what the best network forecast for them
importance.csv   of forecasts, at the end: how far the validation error of the best network rises
                 without a column, or without a lag of it
responses.csv    of forecasts, at the end: what it forecasts in the mean where a column has one
                 value throughout
residuals.safetensors   of forecasts, at the end: the errors of the front's networks and of the
                 ensemble on validation, from which their prediction intervals are made
grid.csv         of a study that races a grid of settings: each training, and what it came to
start.json       of a search that began with given genomes: these, with their weights
tensorboard/, mlflow.json   of a study that was observed so
vocabulary.json  of a text: the tokens by number
colony.safetensors    of ants, at the end of their search: pheromone, weights, epochs
report.html, colony.svg   written by the command line; drawing.svg of one language model
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated

from cellcolony.errors import RunError
from cellcolony.runs.config import CONFIG
from cellcolony.runs.conformal.coverage import Coverage
from cellcolony.runs.intervals import Margin
from cellcolony.runs.start_file import START
from cellcolony.settings import Amount, Count, InfAndNan, record, settings
from cellcolony.store import foreign
from cellcolony.store.lock import LOCK, locked
from cellcolony.store.reading import read_text, readable
from cellcolony.store.snapshot import CHECKPOINT

JOURNAL, FRONT = "journal.jsonl", "front.csv"
CHAMPIONS, SCORES, RESULT = "champions", "scores.csv", "result.toml"
PREDICTIONS, VOCABULARY = "test_predictions.csv", "vocabulary.json"
IMPORTANCE, RESPONSES = "importance.csv", "responses.csv"
RESIDUALS, GRID = "residuals.safetensors", "grid.csv"
CONTROL, RIVALS, FINALS, JUDGE = "control", "rivals", "finals", "judge"
ENSEMBLE, MEMBERS = "ensemble", "members.csv"
OF_AN_END = (RESULT, PREDICTIONS, IMPORTANCE, RESPONSES, RESIDUALS, GRID)
"""What is written when a study has ended, and says nothing about one that goes on."""
UNBEGUN = {
    CHAMPIONS, JUDGE, LOCK, CHECKPOINT, f"{CHECKPOINT}.part", START, f"{START}.part",
    f"{CONFIG}.part",
}  # fmt: skip
"""All that a kill can leave before `config.toml` makes a folder a run."""


@settings
class Outcome:
    """How a study ended.

    Attributes:
        budget: The limits of the search; empty where nothing but the method ended it.
        workers: How many candidates were judged at once.
        reason: Why the search ended, as the end of a sentence; empty where there was none.
        interrupted: Whether the user stopped the search.
        search_seconds: Wall time of the search, all sessions together.
        seconds: Wall time of each stage, in the last session.
        rival_epochs: How many epochs fixed networks were trained; 0 where there are none.
        control_candidates: How many candidates the control had; 0 where there was none.
        control_seconds: Wall time of the control.
        test_readings: How often the test split has been scored, each time after all trainings of a
            session had ended.
        margins: How the test errors of the study's own models differ from those of each other.
        menus: For each rival with a menu the errors on validation that it was chosen by.
        cpus: The types of the processors that have judged candidates elsewhere; none where all were
            judged on the machine that wrote this.
        coverage: What share of the test rows lay within the intervals of the study's own models.
        vector_of_lanes: Floats in the vectors that sparse networks were computed with in many
            lanes: see `networks.vectors`; 0 for texts. On machines with other vectors last bits
            differ.
        vector_of_one_lane: The same in one lane.
        device: Where language models computed in the last session, as it was asked for: "cpu",
            "cuda", or "auto", by which candidates computed on processors, and final trainings on a
            GPU where there was one; empty for networks of time series.
        gpus: How many GPUs of the machine that wrote this were computed on; GPUs elsewhere do not
            count.
    """

    budget: str
    workers: Count
    reason: str
    interrupted: bool
    search_seconds: Amount
    seconds: Mapping[str, Amount] = field(default_factory=dict)
    rival_epochs: Count = 0
    control_candidates: Count = 0
    control_seconds: Amount = 0.0
    test_readings: Count = 0
    margins: tuple[Margin, ...] = ()
    menus: Mapping[str, Mapping[str, Annotated[float, InfAndNan()]]] = field(default_factory=dict)
    cpus: tuple[str, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    vector_of_lanes: Count = 0
    vector_of_one_lane: Count = 0
    device: str = ""
    gpus: Count = 0


def refuse_existing(path: Path) -> None:
    """Check that a run can be written to `path`, where a kill may have left what was no run yet.

    Raises:
        RunError: Something stands there.
    """
    remove_unbegun(path)
    if path.exists() or path.is_symlink():
        cure = "choose another --out."
        if (path / CONFIG).is_file():
            cure = f"go on with it by `cellcolony resume {shlex.quote(str(path))}`, or {cure}"
        raise RunError(f"{path} exists. A run is never written over: {cure}")


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
    """Remove a folder that a kill left before it was a run; any other stays as it is.

    Raises:
        RunError: Another process is about to begin a run there.
    """
    if is_unbegun(path):
        if (path / LOCK).exists():
            with locked(path):
                pass
        shutil.rmtree(path)


def is_unbegun(path: Path) -> bool:
    """Say whether a kill has left a folder before it was a run."""
    if path.is_symlink() or not path.is_dir() or any(path.glob(f"{CHAMPIONS}/*")):
        return False
    names = {file.name for file in path.iterdir()}
    return (not names or CHAMPIONS in names) and names <= UNBEGUN


def read_outcome(run: Path) -> Outcome | None:
    """Return how a study ended; None for one that has not.

    Raises:
        RunError: The file cannot be read, or a value of it cannot be.
    """
    path = run / RESULT
    if not path.exists():
        return None
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    with readable(f"{path}: how the study ended"):
        return record(Outcome, foreign.parse_toml(text), RESULT)
