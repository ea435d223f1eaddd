"""Two models of a league over its tasks: who is ahead, by how much, and how sure that is.

Errors of different tasks have different units, so tasks are compared by ratios of errors. The test
over tasks is that of Wilcoxon (1945) on the logarithms of the ratios, and the p-values of all
comparisons are corrected together (Holm 1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from cellcolony.runs.intervals import holm
from cellcolony.runs.league.standing import BEST_RIVAL, BEST_SINGLE, LeagueRun, Standing
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE, is_ensemble
from cellcolony.runs.scores import CONTROL, RIVAL
from cellcolony.runs.significance import paired_test


@dataclass(frozen=True)
class TaskPair:
    """Two models on one task, over the seeds that both have.

    Attributes:
        task: The task.
        n_seeds: How many seeds both have.
        own: The test error of the one, in the mean over seeds. Units: the target's own.
        other: That of the other.
        interval: The ends of the interval around the difference, own less other; None where a run
            has none.
    """

    task: str
    n_seeds: int
    own: float
    other: float
    interval: tuple[float, float] | None

    @property
    def relative(self) -> float:
        """By how much the own error is above the other's, as a share of that."""
        return ratio(self.own, self.other) - 1

    @property
    def is_won(self) -> bool:
        """Whether the own error is the lower one."""
        return self.own < self.other

    @property
    def is_lost(self) -> bool:
        """Whether it is the higher one."""
        return self.own > self.other

    @property
    def is_sure(self) -> bool:
        """Whether the interval around the difference lies on one side of zero."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


@dataclass(frozen=True)
class Comparison:
    """One model against another over all tasks that both have.

    Attributes:
        one: The name of the first, which an evolved one is.
        other: That of the second.
        pairs: The two on each task.
        p_value: How often chance alone would part the two so far or farther over the tasks.
        p_corrected: The same for all comparisons together.
    """

    one: str
    other: str
    pairs: tuple[TaskPair, ...]
    p_value: float
    p_corrected: float

    @property
    def n_won(self) -> int:
        """On how many tasks the first is ahead."""
        return sum(pair.is_won for pair in self.pairs)

    @property
    def n_lost(self) -> int:
        """On how many tasks the second is ahead."""
        return sum(pair.is_lost for pair in self.pairs)

    @property
    def has_intervals(self) -> bool:
        """Whether an interval is known for any task."""
        return any(pair.interval is not None for pair in self.pairs)

    @property
    def n_surely_won(self) -> int:
        """On how many tasks the first is ahead by more than the interval."""
        return sum(pair.is_won and pair.is_sure for pair in self.pairs)

    @property
    def n_surely_lost(self) -> int:
        """On how many tasks the second is ahead by more than the interval."""
        return sum(pair.is_lost and pair.is_sure for pair in self.pairs)

    @property
    def median_relative(self) -> float:
        """By how much the first's error is above the second's, in the median over the tasks."""
        return median(pair.relative for pair in self.pairs)

    @property
    def worst(self) -> TaskPair:
        """The two on the task on which the first fares worst."""
        return max(self.pairs, key=lambda pair: pair.relative)


def ratio(value: float, reference: float) -> float:
    """Return an error as a multiple of another one; of equal ones it is 1, whatever they are."""
    if value == reference:
        return 1.0
    return math.inf if reference == 0 else value / reference


def comparisons(standing: Standing) -> tuple[Comparison, ...]:
    """Compare what was evolved with the best rival by validation, the control and each rival.

    The evolved network comes first; an evolved ensemble follows where the runs have one.
    """
    by_role = {
        role: [key for key in standing.keys if standing.role(key) == role]
        for role in (CONTROL, RIVAL)
    }
    others = (*by_role[CONTROL], *by_role[RIVAL])
    singles = (BEST_SINGLE,) if any(map(is_ensemble, by_role[RIVAL])) else ()
    found = [
        one
        for own, best in ((OWN, (BEST_RIVAL, *singles)), (OWN_ENSEMBLE, (BEST_RIVAL,)))
        for other in (*best, *others)
        if (one := compare(standing, own, other)) is not None
    ]
    corrected = holm(one.p_value for one in found)
    return tuple(replace(one, p_corrected=p) for one, p in zip(found, corrected, strict=True))


def compare(standing: Standing, one: str, other: str) -> Comparison | None:
    """Compare two kinds of models; None where no task has both."""
    if not (standing.has(one) and standing.has(other)):
        return None
    of_tasks = (_pair(task, runs, one, other) for task, runs in standing.by_task.items())
    pairs = tuple(pair for pair in of_tasks if pair is not None)
    if not pairs:
        return None
    own, others = ([_log(error) for error in side] for side in zip(
        *((pair.own, pair.other) for pair in pairs), strict=True
    ))  # fmt: skip
    p_value = paired_test(own, others).p_value
    return Comparison(one, other, pairs, p_value, p_value)


def _log(error: float) -> float:
    return math.log(error) if error > 0 else -math.inf


def _pair(task: str, runs: Sequence[LeagueRun], one: str, other: str) -> TaskPair | None:
    both = [
        (run, own, its)
        for run in runs
        if (own := run.error(one)) is not None and (its := run.error(other)) is not None
    ]
    if not both:
        return None
    own, its = fmean(error for _, error, _ in both), fmean(error for _, _, error in both)
    interval = _interval([run for run, _, _ in both], one, other)
    return TaskPair(task, len(both), own, its, interval)


def _interval(runs: Iterable[LeagueRun], one: str, other: str) -> tuple[float, float] | None:
    """Return the interval around the mean difference; None where a run has no margin.

    All runs are tested on the same rows, so their differences are far from independent. Its ends
    are the means of the ends that the runs have: a mean of differences spreads no farther than they
    do in the mean, however they depend on each other.
    """
    of_runs = [run.margins_between(one, other) for run in runs]
    if not all(of_runs):
        return None
    low, high = (
        fmean(fmean(getattr(one, end) for one in margins) for margins in of_runs)
        for end in ("low", "high")
    )
    return low, high
