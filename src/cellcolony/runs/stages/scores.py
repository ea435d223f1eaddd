"""Scores of a forecast: the front, the control's best, the rivals and ensembles, tested once.

Source: Hyndman & Koehler 2006 (MASE); Politis & Romano 1992, Politis & White 2004 and Holm 1979
(margins); Lei et al. 2018 and Gibbs & Candes 2021 (intervals).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.beyond import Feed
from cellcolony.runs.conformal.coverage import Coverage
from cellcolony.runs.conformal.residuals import Calibration, residuals_file, residuals_of
from cellcolony.runs.conformal.testing import coverage
from cellcolony.runs.directory import ENSEMBLE
from cellcolony.runs.errors_beyond import errors_beyond
from cellcolony.runs.events import StageStarted
from cellcolony.runs.intervals import Margin, corrected, margins
from cellcolony.runs.items import count_reading
from cellcolony.runs.predictions import ScoredSeries, predictions_csv
from cellcolony.runs.rival_ensemble import RivalEnsemble, choose, rival_of
from cellcolony.runs.scores import EVOLVED, RIVAL, SEARCH, SPLITS, Score
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.runs.stages.ensemble import OWN, EnsembleStage, named_ensembles
from cellcolony.runs.stages.rivals import KeptRival
from cellcolony.seeds import rng_for
from cellcolony.settings import settings
from cellcolony.tasks.deviations import kept_deviations
from cellcolony.tasks.forecast import Forecast


@STAGES.register("scores")
@settings
class ScoresStage:
    """Score the networks of the front on validation and test, after all else has ended."""

    name: ClassVar[str] = "scores"
    task: ClassVar[str | None] = "forecast"

    def run(self, session: Session) -> None:
        """Score, and write scores, predictions and what intervals are made from."""
        front = session.front
        session.emit(StageStarted(self.name, "Scoring on the test split", len(front), 0, False))
        task = session.task
        assert isinstance(task, Forecast)
        splits = SPLITS if task.has_test else SPLITS[:1]
        if task.has_test:
            ensembles = [title for _, title, _ in named_ensembles(session)]
            count_reading(session, [*(champion.number for champion in front), *ensembles])
        own = session.scorer.score(front, *splits)
        within = scores_within(session, *splits)
        of_networks = scores_of_ensembles(session, *splits)
        rivals = ensemble_of_rivals(session, session.rivals)
        of_rivals = () if rivals is None else rivals.scores(task, *splits)
        session.scores = (*own, *of_networks, *within, *session.scores, *of_rivals)
        calibrations = calibrate(session)
        _keep(session, calibrations)
        if not task.has_test:
            return
        for search in session.config.searches:
            rival = session.within.get(search.folder)
            if rival is not None and rival.front:
                session.errors[search.title] = _errors(session, rival.best.network)
        for _, title, ensemble in named_ensembles(session):
            session.errors[title] = _errors(session, ensemble.network)
        if rivals is not None:
            session.errors[rivals.title] = task.error_sums("test", rivals.predict(task, "test"))
        session.notes["margins"] = _margins(session)
        session.tested = tested(session, session.best.network)
        session.notes["coverage"] = _coverage(session, calibrations)
        text = predictions_csv(session.tested, session.config.facts.targets)
        session.write({directory.PREDICTIONS: text})

    def left(self, session: Session) -> int:
        """Return 0 where the study has ended with scores, else 1."""
        ended = session.path is not None and (session.path / directory.RESULT).exists()
        return 0 if ended else 1


def scores_within(session: Session, *splits: str) -> Iterator[Score]:
    """Yield the scores of the best network of each search within a study.

    Args:
        session: The study, whose searches within have ended.
        splits: On what they are scored.
    """
    for search in session.config.searches:
        own = session.within.get(search.folder)
        if own is not None and own.front:
            yield from own.scorer.score(
                [own.best], *splits, model=search.title, role=search.role, candidate=None
            )


def scores_of_ensembles(session: Session, *splits: str) -> Iterator[Score]:
    """Yield the scores of the ensembles of several networks, that of the study's own search first.

    Args:
        session: The study, whose ensembles have been chosen.
        splits: On what they are scored.
    """
    task, residual = session.task, session.config.training.residual
    assert isinstance(task, Forecast)
    roles = {search.folder: search.role for search in session.config.searches}
    for folder, title, ensemble in named_ensembles(session):
        role = EVOLVED if folder == OWN else roles[folder]
        for split in splits:
            found = task.score(split, task.predictions(ensemble.network, split, residual))
            for target, measure, value, n_rows in found.lines():
                yield Score(
                    title, role, SEARCH, split, measure, ensemble.size, n_rows, ensemble.seconds,
                    value, target, members=len(ensemble.members),
                )  # fmt: skip


def ensemble_of_rivals(session: Session, kept: Iterable[KeptRival]) -> RivalEnsemble | None:
    """Return the ensemble of rivals, the best networks of rival methods among them.

    Args:
        session: The study.
        kept: What the journal keeps of the other rivals.

    Returns:
        None where the study has no ensembles, or no other makes the best rival better.
    """
    stage, task = session.config.stage("ensemble"), session.task
    assert isinstance(task, Forecast)
    if not isinstance(stage, EnsembleStage):
        return None
    found = [
        rival_of(task, one.scores[0].n_weights, one.scores[0].seconds, one.deviations)
        for one in kept
    ]
    residual = session.config.training.residual
    for search in session.config.searches:
        own = session.within.get(search.folder)
        if search.role == RIVAL and own is not None and own.front:
            best = own.best
            predicted = {
                split: task.predictions(best.network, split, residual)
                for split in (SPLITS if task.has_test else SPLITS[:1])
            }
            missed = kept_deviations(task, predicted)
            found.append(rival_of(task, best.network.n_weights, best.seconds, missed))
    return choose([one for one in found if one is not None], stage.most_members)


def _errors(session: Session, network: Network) -> NDArray[np.float64]:
    """Return the errors of a network on the test rows, summed as those of rivals are."""
    task = session.task
    assert isinstance(task, Forecast)
    residual = session.config.training.residual
    return task.error_sums("test", task.predictions(network, "test", residual))


def _margins(session: Session) -> tuple[Margin, ...]:
    """Return how the errors of the best network and of the ensemble differ from those of others."""
    task = session.task
    assert isinstance(task, Forecast)
    ensemble = next((title for folder, title, _ in named_ensembles(session) if folder == OWN), "")
    own = {"": _errors(session, session.best.network)}
    if ensemble:
        own[ensemble] = session.errors[ensemble]
    n_rows = sum(int(counts.sum()) for counts in task.scored("test"))
    least_block = max(task.transform.horizon, *task.lags.periods[:1], 1)
    rng = rng_for(session.config.seed, -1, "margins")
    found: list[Margin] = []
    for name, errors in own.items():
        others = {
            model: sums for model, sums in session.errors.items()
            if sums.shape == errors.shape and model != ensemble
        }  # fmt: skip
        several = margins(errors, others, task.outputs, n_rows, least_block, rng)
        found += [replace(one, own=name) for one in several]
    return corrected(found)


def calibrate(session: Session) -> dict[str, Calibration]:
    """Return the errors on validation of the front's networks and the ensemble, by their names.

    A network that diverges on validation is left out.
    """
    task, residual = session.task, session.config.training.residual
    assert isinstance(task, Forecast)
    networks = {str(one.number): one.network for one in session.front}
    for folder, _, ensemble in named_ensembles(session):
        if folder == OWN:
            networks[ENSEMBLE] = ensemble.network
    found = {}
    for name, network in networks.items():
        residuals = residuals_of(task, task.predictions(network, SPLITS[0], residual))
        if residuals is not None:
            found[name] = Calibration(residuals)
    for name in {str(session.best.number), ENSEMBLE} & found.keys():
        feed = Feed(networks[name], task.transform, residual)
        found[name] = replace(found[name], steps=errors_beyond(task, feed))
    return found


def _keep(session: Session, found: Mapping[str, Calibration]) -> None:
    """Keep errors on validation with the run."""
    files = {directory.RESIDUALS: residuals_file(found)}
    session.keepsake = {**session.keepsake, **files}
    session.write(files)


def _coverage(session: Session, found: Mapping[str, Calibration]) -> tuple[Coverage, ...]:
    """Return what share of the test rows lies within the intervals of the study's own models."""
    task = session.task
    assert isinstance(task, Forecast)
    own = [("", str(session.best.number), session.tested)]
    own += [(title, ENSEMBLE, tested(session, ensemble.network))
            for folder, title, ensemble in named_ensembles(session) if folder == OWN]  # fmt: skip
    width, horizon = task.transform.target_scaling.width, task.transform.horizon
    return tuple(
        one
        for title, name, series in own
        if name in found
        for one in coverage(series, task.outputs, found[name].residuals, width, horizon, title)
    )


def tested(session: Session, network: Network) -> tuple[ScoredSeries, ...]:
    """Return what a network predicts on the scored rows of the test split."""
    task, split, residual = session.task, "test", session.config.training.residual
    assert isinstance(task, Forecast)
    series = zip(
        task.splits[split],
        task.scored(split),
        task.truth(split),
        task.predictions(network, split, residual),
        strict=True,
    )
    found = []
    for piece, scored, truth, predicted in series:
        recording = task.recordings[piece.recording]
        rows = np.flatnonzero(scored) + task.transform.horizon
        times = () if recording.times is None else tuple(map(str, recording.times.iloc[rows]))
        found.append(ScoredSeries(recording.name, rows, truth[scored], predicted[scored], times))
    return tuple(found)
