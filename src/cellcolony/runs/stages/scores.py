"""Scores of a forecast: the front, the control's best network and the rivals, tested once."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import StageStarted
from cellcolony.runs.intervals import Margin, margins
from cellcolony.runs.predictions import ScoredSeries, predictions_csv
from cellcolony.runs.readings import count_reading
from cellcolony.runs.scores import CONTROL
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.runs.stages.control import ControlStage
from cellcolony.seeds import rng_for
from cellcolony.settings import settings
from cellcolony.store.files import write_file
from cellcolony.store.writing import recording
from cellcolony.tasks.forecast import Forecast


@STAGES.register("scores")
@settings
class ScoresStage:
    """Score the networks of the front on validation and test, after all else has ended."""

    name: ClassVar[str] = "scores"

    def check(self, config: StudyConfig) -> None:
        """Check that the task is a forecast.

        Raises:
            ConfigError: It is not.
        """
        if config.task_class.kind != "forecast":
            raise ConfigError(
                f"The stage 'scores' is for forecasts, and the task is {config.task['kind']!r}: "
                "its models are scored in the stage 'final-scores'."
            )

    def run(self, session: Session) -> None:
        """Score, and write scores and predictions."""
        front = session.front
        session.emit(StageStarted(self.name, "Scoring on the test split", len(front), 0, False))
        task = session.task
        assert isinstance(task, Forecast)
        splits = ("valid", "test") if task.has_test else ("valid",)
        if task.has_test:
            count_reading(session, [champion.number for champion in front])
        own = session.scorer.score(front, *splits)
        control = session.config.stage("control")
        found = ()
        if session.control is not None and session.control.front:
            assert isinstance(control, ControlStage)
            best, scorer = session.control.best, session.control.scorer
            found = scorer.score([best], *splits, model=control.title, role=CONTROL)
            found = tuple(replace(one, candidate=None) for one in found)
        session.scores = (*own, *found, *session.scores)
        if not task.has_test:
            return
        if session.control is not None and session.control.front:
            assert isinstance(control, ControlStage)
            session.errors[control.title] = _errors(session, session.control.best.network)
        session.notes["margins"] = _margins(session)
        session.tested = tested(session)
        if session.path is not None:
            with recording(session.path):
                text = predictions_csv(session.tested, session.config.facts.targets)
                write_file(session.path / directory.PREDICTIONS, text)

    def left(self, session: Session) -> int:
        """Return 0 where the study has ended with scores, else 1."""
        ended = session.path is not None and (session.path / directory.RESULT).exists()
        return 0 if ended else 1


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
