"""The tables of a league that compare what was evolved with its rivals and its control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock
from cellcolony.report.league.numbers import percent
from cellcolony.runs.intervals import LEVEL
from cellcolony.runs.league.comparison import Comparison
from cellcolony.runs.league.standing import BEST_RIVAL
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE
from cellcolony.runs.significance import FEWEST_PAIRS
from cellcolony.wording import capital, count, number


def verdicts(compared: Sequence[Comparison]) -> Iterator[Block]:
    """Yield what each evolved model came to against the best rival by validation."""
    for one in compared:
        if one.other == BEST_RIVAL:
            n = len(one.pairs)
            sure = ""
            if one.has_intervals:
                sure = f", {one.n_surely_won or 'none'} of them by more than the interval"
            worst = one.worst
            text = (
                f"{capital(_the(one.one))} beats the {BEST_RIVAL} on {one.n_won} of "
                f"{count(n, 'task')}{sure}. In the median its test error is "
                f"{_beside(one.median_relative)}, at worst {_beside(worst.relative)} "
                f"({worst.task}). Over the tasks p = {number(one.p_corrected)}"
            )
            is_sure = one.p_corrected <= LEVEL
            text += "." if is_sure else ": that may be chance."
            yield Paragraph(text, "verdict" if is_sure and one.n_won > one.n_lost else "lost")


def compared_blocks(compared: Sequence[Comparison]) -> list[Block]:
    """Return a table for each evolved model, and what its columns hold."""
    blocks: list[Block] = []
    for own in dict.fromkeys(one.one for one in compared):
        rows = [one for one in compared if one.one == own]
        blocks += [_table(own, rows), *_tasks_table(rows)]
    if blocks:
        blocks += (Paragraph(line, "remark") for line in _remarks(compared))
    return blocks


def _beside(share: float) -> str:
    return f"{percent(abs(share)).removeprefix('+')} {'below' if share < 0 else 'above'}"


def _the(own: str) -> str:
    return {OWN: "the evolved network", OWN_ENSEMBLE: "the ensemble of evolved networks"}[own]


def _table(own: str, rows: Sequence[Comparison]) -> TableBlock:
    cells: dict[Column | str, list[str]] = {
        Column("against", "name"): [one.other for one in rows],
        "tasks": [str(len(one.pairs)) for one in rows],
        "won": [str(one.n_won) for one in rows],
        "lost": [str(one.n_lost) for one in rows],
    }
    if any(one.has_intervals for one in rows):
        cells["surely won"] = [_if_known(one, one.n_surely_won) for one in rows]
        cells["surely lost"] = [_if_known(one, one.n_surely_lost) for one in rows]
    cells |= {
        "median": [percent(one.median_relative) for one in rows],
        "worst": [percent(one.worst.relative) for one in rows],
        Column("on", "name", roomy=True): [one.worst.task for one in rows],
        "p": [number(one.p_corrected) for one in rows],
    }
    return TableBlock.of(cells, f"{capital(_the(own))} against each other model, task by task")


def _if_known(one: Comparison, n: int) -> str:
    return str(n) if one.has_intervals else "-"


def _tasks_table(rows: Sequence[Comparison]) -> Iterator[TableBlock]:
    """Yield the tasks of the comparison with the best rival, one by one."""
    for one in rows:
        if one.other == BEST_RIVAL:
            cells: dict[Column | str, list[str]] = {
                Column("task", "name"): [pair.task for pair in one.pairs],
                "seeds": [str(pair.n_seeds) for pair in one.pairs],
                "ours": [number(pair.own) for pair in one.pairs],
                "theirs": [number(pair.other) for pair in one.pairs],
                "difference": [percent(pair.relative) for pair in one.pairs],
            }
            if one.has_intervals:
                cells["ours less theirs, 95 %"] = [
                    "-" if pair.interval is None
                    else f"{number(pair.interval[0])} to {number(pair.interval[1])}"
                    for pair in one.pairs
                ]  # fmt: skip
            yield TableBlock.of(
                cells, f"{capital(_the(one.one))} against the {BEST_RIVAL}: test errors"
            )


def _remarks(compared: Sequence[Comparison]) -> Iterator[str]:
    yield (
        "Won and lost: by the test error in the mean over the seeds that both have. Median and "
        "worst: how far the evolved one's test error is above the other's, over the tasks; below 0 "
        f"the evolved one is better. The {BEST_RIVAL} is that of the lowest validation error in "
        "its run, and need not be the same in each."
    )
    if any(one.has_intervals for one in compared):
        yield (
            "Surely: the 95 % interval around the difference lies on one side of zero. It is the "
            "paired block bootstrap over the test rows that each run has made; over seeds its "
            "ends are averaged, which is no narrower than the interval of the mean would be."
        )
    yield (
        "p: how often chance alone would part the two so far over the tasks (Wilcoxon's signed "
        "ranks of the logarithms of the ratios, two-sided), corrected for "
        f"{count(len(compared), 'comparison')} (Holm)."
    )
    if fewest := [one for one in compared if len(one.pairs) < FEWEST_PAIRS]:
        n = min(len(one.pairs) for one in fewest)
        yield (
            f"Warning: {count(n, 'task')} cannot give a p below {2.0 ** (1 - n):.3g}, whatever the "
            f"errors are: compare on {FEWEST_PAIRS} tasks or more."
        )
