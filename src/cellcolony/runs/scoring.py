"""Score networks and rivals on a task's splits, in the targets' own units."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.train import predict_each
from cellcolony.runs.events import Champion
from cellcolony.runs.predictions import ScoredSeries
from cellcolony.runs.scores import ModelScore
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals import RivalScore
from cellcolony.tasks.rivals.trained import Terms, compare_networks
from cellcolony.tasks.scores import Score


class Scorer:
    """Scores champions; what was scored before is not computed again.

    Args:
        task: The data.
        residual: Whether the networks' outputs are added to the target's own last value.
    """

    def __init__(self, task: Forecast, residual: bool) -> None:
        self._task = task
        self._residual = residual
        self._known: dict[tuple[int, str], Score] = {}

    def score(self, champions: Iterable[Champion], *splits: str) -> tuple[ModelScore, ...]:
        """Return the scores of champions, in their order, on each of the splits."""
        return tuple(
            line
            for champion in champions
            for split in splits
            for line in self._lines(champion, split)
        )

    def tested(self, champion: Champion) -> tuple[ScoredSeries, ...]:
        """Return what a champion predicts on the scored rows of the test split."""
        task, split = self._task, "test"
        series = zip(
            task.splits[split],
            task.scored(split),
            task.truth(split),
            self._predictions(champion, split),
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

    def _predictions(self, champion: Champion, split: str) -> list[NDArray[np.float64]]:
        series = self._task.series(split, self._residual)
        outputs = predict_each(champion.network, [one.inputs for one in series])
        return self._task.unscale(split, outputs, self._residual)

    def _lines(self, champion: Champion, split: str) -> list[ModelScore]:
        key = (champion.number, split)
        if key not in self._known:
            predictions = self._predictions(champion, split)
            self._known[key] = self._task.score(split, predictions)
        return [
            ModelScore(
                f"network {champion.number}",
                champion.number,
                champion.network.n_weights,
                split,
                target,
                mae,
                mse,
                n_rows,
                champion.seconds,
                champion.epochs,
            )
            for target, mae, mse, n_rows in _by_target(self._task, self._known[key])
        ]


def score_plain_rivals(task: Forecast) -> tuple[ModelScore, ...]:
    """Fit the plain rivals, and return their scores on validation and test."""
    return _rival_lines(task, rivals.compare(task))


def score_network_rivals(task: Forecast, terms: Terms) -> tuple[ModelScore, ...]:
    """Train the network rivals, and return their scores on validation and test."""
    return _rival_lines(task, compare_networks(task, terms))


def _rival_lines(task: Forecast, found: Iterable[RivalScore]) -> tuple[ModelScore, ...]:
    return tuple(
        ModelScore(
            rival.name,
            None,
            rival.n_weights,
            split,
            target,
            mae,
            mse,
            n_rows,
            rival.seconds,
            rival.epochs,
        )
        for rival in found
        for split, score in (("valid", rival.valid), ("test", rival.test))
        for target, mae, mse, n_rows in _by_target(task, score)
    )


def _by_target(task: Forecast, score: Score) -> Iterable[tuple[str, float, float, int]]:
    for target, mae, mse in zip(task.transform.targets, score.mae, score.mse, strict=True):
        yield target, mae, mse, score.n_rows
