"""Score networks and rivals on a task's splits, in the targets' own units."""

from __future__ import annotations

from collections.abc import Iterable

from cellcolony.networks.train import predict
from cellcolony.runs.events import Champion
from cellcolony.runs.scores import ModelScore
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
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

    def score_rivals(self) -> tuple[ModelScore, ...]:
        """Fit all rivals, and return their scores on validation and test."""
        return tuple(
            line
            for rival in rivals.compare(self._task)
            for split, score in (("valid", rival.valid), ("test", rival.test))
            for line in _by_target(
                self._task, score, split, rival.name, None, rival.n_weights, rival.seconds
            )
        )

    def _lines(self, champion: Champion, split: str) -> list[ModelScore]:
        key = (champion.number, split)
        if key not in self._known:
            series = self._task.series(split, self._residual)
            outputs = [predict(champion.network, one.inputs) for one in series]
            predictions = self._task.unscale(split, outputs, self._residual)
            self._known[key] = self._task.score(split, predictions)
        return _by_target(
            self._task,
            self._known[key],
            split,
            f"network {champion.number}",
            champion.number,
            champion.network.n_weights,
            champion.seconds,
        )


def _by_target(
    task: Forecast,
    score: Score,
    split: str,
    model: str,
    network: int | None,
    n_weights: int,
    seconds: float,
) -> list[ModelScore]:
    errors = zip(task.transform.targets, score.mae, score.mse, strict=True)
    return [
        ModelScore(model, network, n_weights, split, target, mae, mse, score.n_rows, seconds)
        for target, mae, mse in errors
    ]
