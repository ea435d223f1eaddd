"""Open a run directory: of a study that has ended, was killed, or still runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cellcolony.contract import Genome
from cellcolony.errors import RunError, brief
from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.directory import read_outcome
from cellcolony.runs.ensemble import read_ensemble
from cellcolony.runs.front_files import FrontRow, read_champion, read_front
from cellcolony.runs.genomes import KINDS, Champion
from cellcolony.runs.history import History
from cellcolony.runs.pool import check_columns
from cellcolony.runs.result import Result
from cellcolony.runs.scores import EVOLVED, Score, read_scores
from cellcolony.store.reading import readable, settled

TESTING = ("scores", "final-scores")
"""The stages that score on the test split; a control, for instance, has none of them."""


def open_run(path: str | Path) -> Result:
    """Read a run directory, which somebody else may have made: nothing in it is executed.

    Raises:
        RunError: It is no run directory, a file of it is broken, too large, no regular file or a
            link that leads out of the directory, or nothing was trained yet.
    """
    path = Path(path)
    return settled(path / directory.FRONT, lambda: _read(path))


def _read(path: Path) -> Result:
    config = read_config(path)
    outcome = read_outcome(path)
    rows = read_front(path)
    scores = path / directory.SCORES
    found = read_scores(path)
    history = History.of(path / directory.JOURNAL)
    if not rows and config.stage("search") is not None:
        raise RunError(
            f"{path}: {history.n_done} candidates are done, and none was trained. "
            f"See {directory.JOURNAL}."
        )
    tests = any(config.stage(name) is not None for name in TESTING)
    _check_scores(scores, found, config, rows, tests and outcome is not None)
    result = Result(
        config=config,
        front=tuple(_champions(path, config, rows, history)),
        scores=found,
        n_done=history.n_done,
        n_failed=history.n_failed,
        outcome=outcome,
        path=path,
        ensemble=read_ensemble(path, config, history),
    )
    vars(result)["history"] = history  # which was read already
    return result


def _champions(
    path: Path, config: StudyConfig, rows: tuple[FrontRow, ...], history: History
) -> Iterator[Champion]:
    """Yield the candidates of the front.

    Raises:
        RunError: One was not done, its files are broken or hold another genome than the journal, or
            it is no better than a smaller one.
    """
    before: Champion | None = None
    for row in rows:
        judged = history.verdict(row.candidate)
        noun = KINDS[config.genome].noun
        if judged.loss is None:
            raise RunError(
                f"{history.journal}: {noun} {row.candidate}, which is on the front, was not done."
            )
        genome = read_champion(path, row.candidate, config.genome)
        _check_genome(path, config, row.candidate, genome, history)
        epochs_before = judged.count("epochs_before") or 0
        champion = Champion(
            row.candidate, genome, judged.loss, judged.seconds, epochs_before, judged.n_epochs
        )
        if before is not None and not (before.size < champion.size and before.loss > judged.loss):
            raise RunError(
                f"{path / directory.FRONT}: {noun} {row.candidate} does not belong after {noun} "
                f"{before.number}: each must be larger and better than the one before."
            )
        before = champion
        yield champion


def _check_genome(
    path: Path, config: StudyConfig, number: int, genome: Genome, history: History
) -> None:
    folder = path / directory.CHAMPIONS / str(number)
    if genome.to_dict() != history.genome(number, config.genome).to_dict():
        raise RunError(f"{folder} holds another {KINDS[config.genome].noun} than the journal.")
    if isinstance(genome, Network):
        with readable(f"{folder}: the network"):
            check_columns(genome, config.problem)


def _check_scores(
    path: Path,
    scores: tuple[Score, ...],
    config: StudyConfig,
    rows: tuple[FrontRow, ...],
    must_have_tested: bool,
) -> None:
    """Check that every candidate of the front, and every model, was scored on every target.

    Raises:
        RunError: A score is missing, or of another target.
    """
    targets: tuple[str, ...] = config.facts.targets or ("",)
    measure = config.task_class.measure.name
    places: dict[tuple[Any, ...], set[str]] = {}
    for one in scores:
        if one.measure == measure and not one.failure:
            if one.target not in targets:
                raise RunError(f"{path}: there are scores of {brief(one.target)}, no target.")
            key = (one.model, one.candidate, one.seed, one.stage, one.split)
            places.setdefault(key, set()).add(one.target)
    for key, found in places.items():
        for target in targets:
            if target not in found:
                raise RunError(
                    f"{path}: {brief(key[0])} has no score on {key[-1]} for {brief(target)}."
                )
    scored = {one.candidate for one in scores if one.role == EVOLVED}
    for row in rows:
        if row.candidate not in scored:
            raise RunError(f"{path}: candidate {row.candidate} of the front has no score.")
    summary = getattr(config.facts, "summary", None)
    has_test = summary is None or summary.n_scored["test"] > 0
    tested = any(one.split == "test" or one.failure for one in scores)
    if must_have_tested and has_test and not tested:
        raise RunError(f"{path}: the study has ended, and there is no score on the test split.")
