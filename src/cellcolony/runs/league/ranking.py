"""The models of a league over its tasks: each as a multiple of the best, and their ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median

from cellcolony.runs.league.comparison import ratio
from cellcolony.runs.league.standing import Standing


@dataclass(frozen=True)
class Ranked:
    """A kind of model over the tasks on which it was tested.

    Attributes:
        model: Its name.
        role: "evolved", "control" or "rival".
        ratios: On each task its test error, in the mean over seeds, as a multiple of the best.
        ranks: On each task its rank, from 1; equal errors share the mean of their ranks.
    """

    model: str
    role: str
    ratios: Mapping[str, float]
    ranks: Mapping[str, float]

    @property
    def mean_rank(self) -> float:
        """The mean of its ranks."""
        return fmean(self.ranks.values())

    @property
    def median_ratio(self) -> float:
        """The median of its ratios."""
        return median(self.ratios.values())

    @property
    def worst_ratio(self) -> float:
        """The largest of its ratios."""
        return max(self.ratios.values())

    @property
    def n_best(self) -> int:
        """On how many tasks no other is better."""
        return sum(one == 1.0 for one in self.ratios.values())


def ranking(standing: Standing) -> tuple[Ranked, ...]:
    """Rank the models of a league, the lowest mean rank first."""
    from scipy.stats import rankdata

    ratios: dict[str, dict[str, float]] = {}
    ranks: dict[str, dict[str, float]] = {}
    for task in standing.by_task:
        errors = {
            key: error for key in standing.keys if (error := standing.error(task, key)) is not None
        }
        best = min(errors.values())
        places = rankdata([*errors.values()])
        for (key, error), place in zip(errors.items(), places, strict=True):
            ratios.setdefault(key, {})[task] = ratio(error, best)
            ranks.setdefault(key, {})[task] = float(place)
    found = [Ranked(key, standing.role(key), ratios[key], ranks[key]) for key in ratios]
    return tuple(sorted(found, key=lambda one: one.mean_rank))
