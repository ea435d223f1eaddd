"""The ensemble of rivals: the mean forecast of those that validation chooses together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.runs import selection
from cellcolony.runs.scores import RIVAL, SEARCH, Score
from cellcolony.tasks.deviations import predictions
from cellcolony.tasks.forecast import Forecast
from cellcolony.wording import count


class Rival(NamedTuple):
    """A rival that an ensemble may be chosen from.

    Attributes:
        n_weights: Its trainable numbers.
        seconds: How long its training took.
        valid: By how much its predictions miss the scored rows of validation, in scaled units:
            `(scored rows, n_targets)`.
        test: The same of the test split; None where there is none.
    """

    n_weights: int
    seconds: float
    valid: NDArray[np.float32]
    test: NDArray[np.float32] | None


class RivalEnsemble(NamedTuple):
    """An ensemble of several rivals.

    Attributes:
        members: Each once.
        times: How often each of them was chosen.
    """

    members: Sequence[Rival]
    times: Sequence[int]

    @property
    def title(self) -> str:
        """What it is called: "ensemble of 3 rivals"."""
        return f"ensemble of {count(len(self.members), 'rival')}"

    def predict(self, task: Forecast, split: str) -> list[NDArray[np.float64]]:
        """Return the mean prediction; NaN where rows are not scored: see `Forecast.score`."""
        each = [one.valid if split == "valid" else one.test for one in self.members]
        mean = np.average(np.array(each, np.float64), axis=0, weights=self.times)
        return predictions(task, split, mean)

    def scores(self, task: Forecast, *splits: str) -> Iterator[Score]:
        """Yield its scores on each of the splits."""
        n_weights = sum(one.n_weights for one in self.members)
        seconds = sum(one.seconds for one in self.members)
        for split in splits:
            found = task.score(split, self.predict(task, split))
            for target, measure, value, n_rows in found.lines():
                yield Score(
                    self.title, RIVAL, SEARCH, split, measure, n_weights, n_rows, seconds, value,
                    target, members=len(self.members),
                )  # fmt: skip


def rival_of(
    task: Forecast, n_weights: int, seconds: float, missed: Mapping[str, NDArray[np.float32]]
) -> Rival | None:
    """Return a rival by what it has missed; None where that is not known of each split.

    Args:
        task: The task.
        n_weights: The rival's trainable numbers.
        seconds: How long its training took.
        missed: By split, as the journal keeps it; somebody else may have written it.
    """
    for split in ("valid", "test") if task.has_test else ("valid",):
        n_rows = sum(int(one.sum()) for one in task.scored(split))
        own = missed.get(split)
        if own is None or own.shape != (n_rows, len(task.outputs)):
            return None
    return Rival(n_weights, seconds, missed["valid"], missed.get("test"))


def choose(rivals: Sequence[Rival], most_members: int) -> RivalEnsemble | None:
    """Return the ensemble of several rivals whose error on validation is lowest.

    Args:
        rivals: In the order in which equals are preferred.
        most_members: How many additions each bag of the rivals makes to it at most.

    Returns:
        None where no other makes the best rival better.
    """
    if not rivals:
        return None
    truth = np.zeros(rivals[0].valid.shape)  # the deviations of an average are averaged too
    chosen = selection.select([one.valid for one in rivals], truth, most_members)
    times = selection.times_of(chosen)
    if len(times) < 2:
        return None
    return RivalEnsemble([rivals[place] for place in times], [*times.values()])
