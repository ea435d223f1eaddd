"""Scores of a forecast: the front, the control's best network and the rivals, tested once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.events import StageStarted
from cellcolony.runs.intervals import Margin, margins
from cellcolony.runs.items import count_reading
from cellcolony.runs.predictions import ScoredSeries, predictions_csv
from cellcolony.runs.scores import SPLITS, Score
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.seeds import rng_for
from cellcolony.settings import settings
from cellcolony.tasks.forecast import Forecast


@STAGES.register("scores")
@settings
class ScoresStage:
    """Score the networks of the front on validation and test, after all else has ended."""

    name: ClassVar[str] = "scores"
    task: ClassVar[str | None] = "forecast"

    def run(self, session: Session) -> None:
        """Score, and write scores and predictions."""
        front = session.front
        session.emit(StageStarted(self.name, "Scoring on the test split", len(front), 0, False))
        task = session.task
        assert isinstance(task, Forecast)
        splits = SPLITS if task.has_test else SPLITS[:1]
        if task.has_test:
            count_reading(session, [champion.number for champion in front])
        own = session.scorer.score(front, *splits)
        within = scores_within(session, *splits)
        session.scores = (*own, *within, *session.scores)
        if not task.has_test:
            return
        for search in session.config.searches:
            rival = session.within.get(search.folder)
            if rival is not None and rival.front:
                session.errors[search.title] = _errors(session, rival.best.network)
        session.notes["margins"] = _margins(session)
        session.tested = tested(session)
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


def _errors(session: Session, network: Network) -> NDArray[np.float64]:
    """Return the errors of a network on the test rows, summed as those of rivals are."""
    task = session.task
    assert isinstance(task, Forecast)
    residual = session.config.training.residual
    return task.error_sums("test", task.predictions(network, "test", residual))


def _margins(session: Session) -> tuple[Margin, ...]:
    """Return how the best network's errors on the test rows differ from those of all others."""
    task, own = session.task, _errors(session, session.best.network)
    assert isinstance(task, Forecast)
    others = {name: sums for name, sums in session.errors.items() if sums.shape == own.shape}
    n_rows = sum(int(counts.sum()) for counts in task.scored("test"))
    least_block = max(task.transform.horizon, *task.lags.periods[:1], 1)
    rng = rng_for(session.config.seed, -1, "margins")
    return margins(own, others, task.columns.targets, n_rows, least_block, rng)


def tested(session: Session) -> tuple[ScoredSeries, ...]:
    """Return what the best network predicts on the scored rows of the test split."""
    task, split = session.task, "test"
    assert isinstance(task, Forecast)
    network, residual = session.best.network, session.config.training.residual
    series = zip(
        task.splits[split],
        task.scored(split),
        task.truth(split),
        task.predictions(network, split, residual),
        strict=True,
    )
    return tuple(
        ScoredSeries(
            task.recordings[piece.recording].name,
            np.flatnonzero(scored) + task.transform.horizon,
            truth[scored],
            predicted[scored],
        )
        for piece, scored, truth, predicted in series
    )
