"""The files of a league that other programs read: every score, and every model's rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from cellcolony.runs.league.ranking import Ranked
from cellcolony.runs.league.standing import LeagueRun, Standing
from cellcolony.runs.scores import Contender, table_csv

RESULTS_HEAD = (
    "task", "seed", "model", "role", "split", "measure", "value", "n_weights", "seconds", "name",
)  # fmt: skip
RANKS_HEAD = (
    "model", "role", "n_tasks", "mean_rank", "median_ratio", "worst_ratio", "n_best",
)  # fmt: skip


def results_csv(standing: Standing) -> str:
    """Return every model of every run: a line for each split and measure.

    Values are means over the targets, in their own units. `name` is what the run calls the model.
    """
    return table_csv(RESULTS_HEAD, (row for run in standing.runs for row in _rows(run)))


def ranks_csv(standing: Standing, ranked: Sequence[Ranked]) -> str:
    """Return every model's rank, and its ratio to the best of each task."""
    tasks = [*standing.by_task]
    rows = (
        (
            one.model, one.role, len(one.ratios), one.mean_rank, one.median_ratio, one.worst_ratio,
            one.n_best, *(one.ratios.get(task) for task in tasks),
        )
        for one in ranked
    )  # fmt: skip
    return table_csv((*RANKS_HEAD, *tasks), rows)


def _rows(run: LeagueRun) -> Iterator[tuple[object, ...]]:
    for key, model in run.models.items():
        for (split, measure), values in _values(model).items():
            value = None if None in values else fmean(one for one in values if one is not None)
            yield (
                run.task, run.seed, key, model.role, split, measure, value, model.n_weights,
                model.seconds, model.model,
            )  # fmt: skip


def _values(model: Contender) -> dict[tuple[str, str], list[float | None]]:
    found: dict[tuple[str, str], list[float | None]] = {}
    for score in model.scores:
        found.setdefault((score.split, score.measure), []).append(score.value)
    return found
