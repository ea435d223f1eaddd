"""How the best candidate came to be: its ancestors, and what was done to each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from cellcolony.report.blocks import Column, TableBlock, ends_of
from cellcolony.report.sections import section
from cellcolony.report.sections.front import unit_of
from cellcolony.report.status import loss_text, where_of
from cellcolony.runs.genomes import size_of
from cellcolony.runs.history import Judged
from cellcolony.runs.result import Result
from cellcolony.wording import name

MOST_ANCESTORS = 20
"""Lines of a lineage; of a longer one the first and the last are shown."""
MOST_OPERATIONS = 60
"""Characters of what was done to make a candidate."""


@section("lineage", "How it came to be", order=55, on=("page", "show"))
def lineage(result: Result) -> list[TableBlock]:
    """Return the ancestors of the best candidate, by way of the first parents, the oldest first.

    Nothing where nobody says how candidates were made, and for a study without a journal.
    """
    if not result.front or result.path is None or not result.history.candidates:
        return []
    line = list(result.history.lineage(result.chosen.number))[::-1]
    return [_table(result, line)] if any(one.operations for one in line) else []


def _table(result: Result, line: Sequence[Judged]) -> TableBlock:
    columns = (
        Column("ancestor", "text"), "generation", f"{unit_of(result)}s", where_of(result.measure),
        Column("made by", "text"),
    )  # fmt: skip
    rows = ends_of([_row(result, one) for one in line], MOST_ANCESTORS)
    return TableBlock(columns, rows, title=f"How {result.noun} {line[-1].number} came to be")


def _row(result: Result, one: Judged) -> list[str]:
    generation = one.count("generation")
    return [
        f"{result.noun} {one.number}",
        "-" if generation is None else f"{generation:,}",
        f"{size_of(result.genome(one.number)):,}",
        loss_text(result.measure, result.history.verdict(one.number).loss),
        _made(one),
    ]


def _made(judged: Judged) -> str:
    """Say what was done, and with whom."""
    done = compressed(judged.operations) or "-"
    others = [str(parent) for parent in judged.parents[1:]]
    mates = f" with {', '.join(others[:3])}" if others else ""
    shown = done if len(done) <= MOST_OPERATIONS else f"{done[: MOST_OPERATIONS - 3]}..."
    return " ".join(name(part) for part in shown.split()) + mates


def compressed(operations: Sequence[str]) -> str:
    """Return "insert, shrink x 2" for operations that follow each other."""
    runs = [(operation, len(list(group))) for operation, group in groupby(operations)]
    return ", ".join(f"{operation} x {n}" if n > 1 else operation for operation, n in runs)
