"""The table of all models over the tasks of a league."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock
from cellcolony.report.league.numbers import multiple
from cellcolony.runs.league.ranking import Ranked
from cellcolony.runs.league.standing import Standing
from cellcolony.wording import count

ROOM = 64
"""Characters that the tasks' names may take in one table: a terminal has 110, and models have
names too."""


def models_blocks(standing: Standing, ranked: Sequence[Ranked]) -> list[Block]:
    """Return the ranks of all models, and their errors on each task as multiples of the best."""
    if not ranked:
        return []
    n_tasks = len(standing.by_task)
    cells: dict[Column | str, list[str]] = {
        Column("model", "name"): [one.model for one in ranked],
        Column("role", "text", roomy=True): [one.role for one in ranked],
        "tasks": [str(len(one.ratios)) for one in ranked],
        "mean rank": [f"{one.mean_rank:.2f}" for one in ranked],
        "median ratio": [multiple(one.median_ratio) for one in ranked],
        "worst ratio": [multiple(one.worst_ratio) for one in ranked],
        "best on": [str(one.n_best) for one in ranked],
    }
    title = f"Models over {count(n_tasks, 'task')}, by mean rank of their test {standing.measure}"
    blocks: list[Block] = [TableBlock.of(cells, title)]
    blocks += (_ratios(ranked, tasks, standing.measure) for tasks in _fitting([*standing.by_task]))
    blocks.append(
        Paragraph(
            f"Ratio: the test {standing.measure} of a model on a task, in the mean over seeds, as "
            "a multiple of that of the best model there. A model that a task does not have, such "
            "as a season where there is no period, is ranked on the others alone. Of fixed "
            "networks one has 12 nodes, and one about as many weights as the evolved network.",
            "remark",
        )
    )
    return blocks


def _ratios(ranked: Sequence[Ranked], tasks: Sequence[str], measure: str) -> TableBlock:
    cells: dict[Column | str, list[str]] = {
        Column("model", "name"): [one.model for one in ranked],
        **{
            task: [multiple(one.ratios[task]) if task in one.ratios else "-" for one in ranked]
            for task in tasks
        },
    }
    return TableBlock.of(cells, f"Test {measure}, as a multiple of the best of each task")


def _fitting(tasks: Sequence[str]) -> Iterator[list[str]]:
    """Yield the tasks in portions whose names have room beside each other."""
    portion: list[str] = []
    for task in tasks:
        if portion and sum(max(len(one), 5) + 1 for one in (*portion, task)) > ROOM:
            yield portion
            portion = []
        portion.append(task)
    if portion:
        yield portion
