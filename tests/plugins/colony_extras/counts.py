"""A task with a measure of its own: forecasts of counts, compared by the largest error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from cellcolony.contract import Measure
from cellcolony.tasks import TASKS
from cellcolony.tasks.forecast import Forecast


@TASKS.register("counts")
class Counts(Forecast):
    """Forecasts that are judged by their largest error."""

    kind: ClassVar[str] = "counts"
    measure: ClassVar[Measure] = Measure("largest", "largest error", "scaled validation loss")

    def score_candidate(
        self, genome: Any, loss: float, split: str, training: Any
    ) -> Iterator[tuple[str, str, float, int, int]]:
        """Yield the largest error on each target."""
        predicted = self.predictions(genome, split, training.residual)
        scored, truth = self.scored(split), self.truth(split)
        errors = [np.abs(p[c] - t[c]) for p, t, c in zip(predicted, truth, scored, strict=True)]
        together = np.concatenate(errors)
        for target, error in zip(self.columns.targets, together.max(0), strict=True):
            yield target, self.measure.name, float(error), genome.n_weights, len(together)
